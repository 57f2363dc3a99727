#!/bin/sh
# Writes DIRECTORY/SHA256SUMS of all that is released there.
# checksums.sh DIRECTORY
set -eu
cd "$1"
# shellcheck disable=SC2035  # none of the names begins with a hyphen
LC_ALL=C sha256sum *.deb *.rpm vmcore-gdbserver-*.jar *.tar.gz *-image.tar *-sbom.json >SHA256SUMS
