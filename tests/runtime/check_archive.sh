#!/bin/sh
# check_archive.sh NM ARCHIVE [SYMBOL…]: fails when a piece of the artifact
# runtime needs anything but libc, libm, pthreads and the symbols named, or has
# static constructors.
set -eu
nm=$1
archive=$2
shift 2

needed=$("$nm" --undefined-only --format=posix "$archive" | awk 'NF >= 2 {print $1}' | sort -u)
own=$("$nm" --defined-only --format=posix "$archive" | awk 'NF >= 2 {print $1}' | sort -u)
allowed='^(_GLOBAL_OFFSET_TABLE_|__errno_location|calloc|ceil|cos|erf|exp|expm1|floor|free|getenv|log|log1p|madvise|memcmp|memcpy|memmove|memset|posix_memalign|pow|pthread_[a-z_]+|sched_(getaffinity|getcpu|setaffinity|yield)|sigfillset|sin|strcmp|strcspn|strlen|strstr|strtol|syscall|tanh|trunc|vsnprintf)$'
for symbol in $needed; do
  if ! echo "$symbol" | grep -Eq "$allowed" && ! printf '%s\n' "$own" "$@" | grep -Fxq "$symbol"; then
    echo "the runtime needs $symbol"
    exit 1
  fi
done
if "$nm" --format=posix "$archive" | grep -E '_GLOBAL__sub_I|__cxa_guard'; then
  echo "the runtime has static constructors"
  exit 1
fi
