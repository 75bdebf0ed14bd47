#!/bin/sh
# Runs a program without randomized addresses, where that is allowed (containers may forbid it).
if setarch -R true 2>/dev/null; then
  exec setarch -R "$@"
fi
exec "$@"
