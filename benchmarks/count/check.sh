#!/usr/bin/env bash
# check.sh RONDO CALLS: fails unless scripts/count finds a library as fast as itself, and finds
# that the recipe needs more instructions without the rewrite of its attention.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v valgrind >/dev/null; then
  echo "skipped: valgrind is not installed"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compile() { # NAME OPTION…
  "$1" compile "$here/../models/recipe.py" --model small --kernels=generated \
    --target-cpu=x86-64-v3 -o "$2" "${@:3}"
}
compile "$1" "$folder/plain.so"
compile "$1" "$folder/slower.so" --disable-rewrite sum-over-queries
count() { "$here/../scripts/count" --quick --calls "$1" "$2" "$3"; }

table=$(count "$2" "$folder/plain.so" "$folder/plain.so")
echo "$table"
[ "$(grep -c ' 1.000 |$' <<<"$table")" -eq 4 ]

if table=$(count "$2" "$folder/plain.so" "$folder/slower.so"); then
  echo "more instructions were not noticed:"
  echo "$table"
  exit 1
fi
grep -q '(!)' <<<"$table"
# The other way around there are fewer, which is no failure.
count "$2" "$folder/slower.so" "$folder/plain.so"
