#!/bin/sh
# Writes to properties file $1 which JDK runs the tests a second time in profile `full`, where Maven
# runs on the JDK in directory $2: the one in directory $3 (-Dtest.java.home), else the newest there
# is, unless that is the same.
# shellcheck disable=SC1091,SC2154
set -eu
directory=$(dirname "$0")
. "$directory/../gdbstub/bin/jdk.sh"

version_of "$2"
maven_major=$major
maven_release=$release
if [ -d "$3" ]; then
  jdk=$3
  version_of "$jdk"
  [ "$major" -ge "$oldest" ] || {
    echo "test.java.home: no JDK $oldest or newer in $jdk" >&2
    exit 1
  }
else
  find_jdk java -gt "$maven_major"
fi

skip=false
if [ -z "$jdk" ] || [ "$release" = "$maven_release" ]; then
  skip=true
  jdk=$2
  major=$maven_major
  echo "no JDK newer than $maven_release, which runs Maven: the tests run once"
else
  echo "the tests run once more on JDK $release, $jdk"
fi
flags=
[ "$major" -lt 24 ] ||
  flags='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
mkdir -p "$(dirname "$1")"
cat >"$1" <<EOF
second.jdk.skip=$skip
second.jdk.java=$jdk/bin/java
second.jdk.flags=$flags
EOF
