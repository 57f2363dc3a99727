#!/bin/sh
# Makes DIRECTORY/NAME-linux-x86_64.tar.gz: the program in directory HOME with what is in SHARE, and a Java
# runtime of its own made of the newest JDK here, all as old as TIME.
# portable.sh HOME SHARE DIRECTORY NAME TIME
# shellcheck disable=SC1091,SC2154
set -eu
home=$1 share=$2 directory=$3 name=$4 time=$5
. "$home/bin/jdk.sh"

# From 19 on a class-data archive may be moved with its jars (JDK-8279366).
find_jdk jlink -gt 18
[ -n "$jdk" ] || {
  echo "$0: a runtime is made of a JDK 19 or newer with jlink; there is none" >&2
  exit 1
}
name=$name-linux-$(uname -m)
echo "runtime for $name: JDK $release, $jdk"
root=$directory/portable/$name
rm -rf "$directory/portable"
mkdir -p "$root"
cp -a "$home/." "$share" "$root"

# What our classes and those in lib use and cannot do without. The rest that jdeps names is for beans,
# SQL and annotation processors, which Jackson and the like look for and do without.
modules=java.base,java.management,java.net.http,jdk.net,jdk.unsupported
"$jdk/bin/jlink" --add-modules "$modules" --output "$root/runtime" \
  --strip-debug --no-header-files --no-man-pages --compress zip-0 --vm server
# The launcher tells one build of Java from another by this, which jlink leaves out.
printf 'JAVA_RUNTIME_VERSION="%s"\n' "$release" >>"$root/runtime/release"
"$root/bin/vmcore-gdbserver" warm-up
# --mtime sets files to it that are newer, too: the archive has to be as old as the jars that it holds.
tar -C "$directory/portable" --sort=name --owner=0 --group=0 --numeric-owner --mode=u+w,go=rX,a-s \
  --mtime="$time" -cf - "$name" | gzip -9n >"$directory/$name.tar.gz"
