#!/bin/sh
# Makes DIRECTORY, a repository of Maven's: of each module that others may build against its pom, its jar, its
# sources and its Javadoc, with the checksums that Maven Central demands. Not by `mvn deploy`, which writes down
# when it ran.
# repository.sh DIRECTORY VERSION, in the directory of its module
set -eu
directory=$1 version=$2
root=../..
group=org/vmcore
rm -rf "$directory"

# put FILE ARTIFACT NAME: of artifact ARTIFACT the file with the name ARTIFACT-VERSION + NAME.
put() {
  place=$directory/$group/$2/$version
  file=$place/$2-$version$3
  mkdir -p "$place"
  cp "$1" "$file"
  chmod 644 "$file"
  for checksum in md5 sha1; do
    "${checksum}sum" <"$file" | cut -d ' ' -f 1 | tr -d '\n' >"$file.$checksum"
  done
}

put $root/pom.xml vmcore-gdbserver .pom
# Those of profiles are no part of what this is built with.
sed -n '/<profiles>/q;s|.*<module>\(.*\)</module>.*|\1|p' $root/pom.xml | while read -r module; do
  pom=$root/$module/pom.xml
  ! grep -q '<maven.deploy.skip>true' "$pom" || continue
  artifact=$(sed -n '/<\/parent>/,$s|^  <artifactId>\(.*\)</artifactId>|\1|p' "$pom")
  built=$(sed -n 's|.*<finalName>\(.*\)</finalName>.*|\1|p' "$pom")
  built=${built:-$artifact-$version}
  target=$root/$module/target
  put "$pom" "$artifact" .pom
  for jar in "$target/$built.jar" "$target"/extension/*/"$built.jar"; do
    [ ! -e "$jar" ] || put "$jar" "$artifact" .jar
  done
  put "$target/$built-sources.jar" "$artifact" -sources.jar
  put "$target/$built-javadoc.jar" "$artifact" -javadoc.jar
done
