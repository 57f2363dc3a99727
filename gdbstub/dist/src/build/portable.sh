#!/bin/sh
# Makes DIRECTORY/NAME-linux-x86_64.tar.gz: the program in directory HOME with what is in SHARE, and a Java
# runtime of its own made of the newest JDK here, all as old as TIME.
# portable.sh HOME SHARE DIRECTORY NAME TIME, in the directory of its module
# shellcheck disable=SC1091,SC2154
set -eu
home=$1 share=$2 directory=$3 name=$4 time=$5
. "$home/bin/jdk.sh"

# From 19 on a class-data archive may be moved with its jars (JDK-8279366).
find_jdk jlink -gt 18
rm -rf "$directory/portable"
[ -n "$jdk" ] || {
  echo "no package with a runtime, and no image: there is no JDK 19 or newer with jlink" >&2
  exit 0
}
name=$name-linux-$(uname -m)
echo "runtime for $name: JDK $release, $jdk"
root=$directory/portable/$name
mkdir -p "$root"
cp -a "$home/." "$share" "$root"
cp ../../LICENSE "$root/LICENSE"

# What our classes and those in lib use and cannot do without: java.sql is for triage, and brings the logging
# that JLine wants. The rest that jdeps names is for beans and annotation processors, which Jackson and the
# like look for and do without. Elliptic curves, for https and sftp, are in a module of their own up to 21.
modules=java.base,java.management,java.net.http,java.sql,jdk.net,jdk.unsupported
if [ "$major" -lt 22 ]; then
  modules=$modules,jdk.crypto.ec
fi
"$jdk/bin/jlink" --add-modules "$modules" --output "$root/runtime" \
  --strip-debug --no-header-files --no-man-pages --compress zip-0 --vm server
# A class of the archive does not know where its jar has gone, and a sealed jar is one that all of a package
# comes from: JDK 25 would take it for two, and not start.
for jar in "$root"/lib/*.jar; do
  (cd "$directory/portable" && "$jdk/bin/jar" --extract --file "$jar" META-INF/MANIFEST.MF)
  if grep -q '^Sealed: true' "$directory/portable/META-INF/MANIFEST.MF"; then
    echo 'Sealed: false' >"$directory/portable/manifest"
    "$jdk/bin/jar" --update --file "$jar" --manifest "$directory/portable/manifest" --date "$time"
    touch -d "$time" "$jar"
  fi
done
# A distribution's JDK has whom to trust in a file of the system's, to which jlink takes the link.
if [ -L "$root/runtime/lib/security/cacerts" ]; then
  cp --remove-destination "$(readlink -f "$jdk/lib/security/cacerts")" "$root/runtime/lib/security/cacerts"
fi
# The launcher tells one build of Java from another by this, which jlink leaves out.
printf 'JAVA_RUNTIME_VERSION="%s"\n' "$release" >>"$root/runtime/release"
# Where the jars are is in the archive, if only as what need not be so: it is made where every build makes it.
place=/tmp/vmcore-gdbserver-archive
mkdir -m 700 "$place" || {
  echo "$0: another build is at it; if there is none, remove $place" >&2
  exit 1
}
trap 'rm -rf "$place"' EXIT
cp -a "$root/." "$place"
"$place/bin/vmcore-gdbserver" warm-up
cp -a "$place/archives" "$root"
# What is newer is set to TIME, too: the archive has to be as old as the jars that it holds.
sh src/build/pack.sh "$directory/portable" "$name" "$directory/$name.tar.gz" "$time"
