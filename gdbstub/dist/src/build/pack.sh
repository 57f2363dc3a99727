#!/bin/sh
# Packs MEMBER of DIRECTORY into FILE, a tar.gz that is the same wherever and whenever it is made.
# pack.sh DIRECTORY MEMBER FILE TIME
set -eu
tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mode=u+w,go=rX,a-s --mtime="$4" -cf - "$2" |
  gzip -9n >"$3"
