#!/bin/sh
# Runs every part of `make check` or `make test`, also after one has failed, and says at the end which did.
#
#   scripts/parts.sh NAME COMMAND [NAME COMMAND]…
#
# Exit status: 0 when all passed, 1 when any failed.
set -u

failed=
passed=
while [ $# -ge 2 ]; do
  printf '\n=== %s\n' "$1"
  began=$(date +%s)
  if sh -c "$2"; then
    passed="$passed
  passed  $1 ($(($(date +%s) - began)) s)"
  else
    failed="$failed
  FAILED  $1 ($(($(date +%s) - began)) s): $2"
  fi
  shift 2
done

printf '\n===%s%s\n' "$passed" "$failed"
[ -z "$failed" ]
