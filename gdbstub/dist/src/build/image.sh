#!/bin/sh
# Makes DIRECTORY/NAME-image.tar, an OCI image (image-spec 1.0, "image layout") of the program in directory
# PROGRAM, with its runtime: it serves /dump as a user that is not root. No engine, no registry and no base:
# it has the shell and the C library of this machine, and nothing else. Not by Jib, whose layers bear the
# times at which files were made (LIBARCHIVE.creationtime), so that no two builds are the same.
# image.sh PROGRAM DIRECTORY NAME VERSION TIME
set -eu
program=$1 directory=$2 name=$3 version=$4 time=$5
[ -d "$program" ] || exit 0
work=$directory/image
layout=$work/layout
blobs=$layout/blobs/sha256
rm -rf "$work"
mkdir -p "$blobs" "$work/system/bin" "$work/system/etc" "$work/program/opt"

# pack DIRECTORY: its tar, the same wherever and whenever it is made.
pack() {
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime="$time" --format=gnu -cf - .
}
# blob TYPE FILE: moves a file to where its digest names it, and prints its descriptor.
blob() {
  digest=$(sha256sum "$2" | cut -d ' ' -f 1)
  printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s}' \
    "$1" "$digest" "$(wc -c <"$2")"
  mv "$2" "$blobs/$digest"
}

# The shell that runs the launcher, and what it and the runtime are linked with, as this system has it.
cp "$(readlink -f /bin/sh)" "$work/system/bin/sh"
find "$program/runtime" "$work/system/bin/sh" -type f \( -name '*.so' -o -path '*/bin/*' \) -exec ldd {} + 2>/dev/null |
  grep -o '/[^ :]* (0x' | cut -d ' ' -f 1 | sort -u | while read -r library; do
  case $library in
    "$program"/*) continue ;;
  esac
  mkdir -p "$work/system${library%/*}"
  cp -L "$library" "$work/system$library"
done
for owner in libc6 dash; do
  if [ -r /usr/share/doc/$owner/copyright ]; then
    mkdir -p "$work/system/usr/share/doc/$owner"
    cp /usr/share/doc/$owner/copyright "$work/system/usr/share/doc/$owner"
  fi
done
echo 'nobody:x:65532:65532::/tmp:/sbin/nologin' >"$work/system/etc/passwd"
echo 'nobody:x:65532:' >"$work/system/etc/group"
echo 'hosts: files dns' >"$work/system/etc/nsswitch.conf"
mkdir "$work/system/tmp" "$work/system/proc"
cp -a "$program" "$work/program/opt/vmcore-gdbserver"
rm -rf "$work/program/opt/vmcore-gdbserver/share"
chmod -R u+w,go=rX "$work/system" "$work/program"
chmod 1777 "$work/system/tmp"

layers='' differences=''
for layer in system program; do
  pack "$work/$layer" >"$work/$layer.tar"
  differences=$differences,\"sha256:$(sha256sum "$work/$layer.tar" | cut -d ' ' -f 1)\"
  gzip -9n "$work/$layer.tar"
  layers=$layers,$(blob layer.v1.tar+gzip "$work/$layer.tar.gz")
done
cat >"$work/config" <<END
{"created":"$time","architecture":"amd64","os":"linux","config":{"User":"65532:65532","Env":["HOME=/tmp",
"LC_ALL=C.UTF-8","PATH=/opt/vmcore-gdbserver/bin:/bin"],"ExposedPorts":{"1234/tcp":{}},
"Entrypoint":["/opt/vmcore-gdbserver/bin/vmcore-gdbserver"],"Cmd":["serve","--listen","0.0.0.0:1234","/dump"],
"Labels":{"org.opencontainers.image.title":"vmcore-gdbserver","org.opencontainers.image.version":"$version",
"org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":[${differences#,}]}}
END
config=$(blob config.v1+json "$work/config")
cat >"$work/manifest" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":$config,
"layers":[${layers#,}]}
END
manifest=$(blob manifest.v1+json "$work/manifest")
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
cat >"$layout/index.json" <<END
{"schemaVersion":2,"manifests":[${manifest%\}},"annotations":{
"org.opencontainers.image.ref.name":"vmcore-gdbserver:$version"}}]}
END
pack "$layout" >"$directory/$name-image.tar"
rm -rf "$work"
