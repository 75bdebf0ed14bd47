#!/bin/sh
# check_library.sh NM READELF LIBRARY SYMBOL: fails unless the compiled library
# exports exactly SYMBOL and needs nothing beyond the C library.
set -eu
nm=$1
readelf=$2
library=$3
symbol=$4

exported=$("$nm" --dynamic --defined-only --format=posix "$library" | awk '{print $1}')
if [ "$exported" != "$symbol" ]; then
  echo "$library exports:" "$exported"
  exit 1
fi
needed=$("$readelf" --dynamic --wide "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for name in $needed; do
  case $name in
  libc.so.6 | libm.so.6 | ld-linux-x86-64.so.2) ;;
  *)
    echo "$library needs $name"
    exit 1
    ;;
  esac
done
if [ "$(wc -c <"$library")" -ge 1000000 ]; then
  echo "$library is larger than a megabyte"
  exit 1
fi
