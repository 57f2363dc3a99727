#!/bin/sh
# Writes DIRECTORY/SHA256SUMS of all that is released there.
# checksums.sh DIRECTORY
set -eu
cd "$1"
export LC_ALL=C
find . -maxdepth 1 -type f \( -name '*.deb' -o -name '*.rpm' -o -name 'vmcore-gdbserver-*.jar' -o -name '*.tar.gz' \
  -o -name '*-image.tar' -o -name '*-sbom.json' \) -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS
