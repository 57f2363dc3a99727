# Finds and makes the class-data archive (JEP 310) that halves the time to start; the launcher sources
# this. It is of $jar and the jars of $home/lib, for $java of version $release in $jdk.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154,SC3013,SC3067

# Whether file $1 is there and no jar is newer.
is_fresh() {
  [ -r "$1" ] || return 1
  for file in "$jar" "$home"/lib/*.jar; do
    [ "$file" -nt "$1" ] && return 1
  done
  return 0
}

# Sets $archive to the class-data archive for this JDK: the one that came with the program or was made
# when it was installed, else the user's own; or to nothing while there is none. Sets $sharing to what
# keeps the JVM from any archive, its own too, where another's lies.
find_archive() {
  archive=
  sharing=
  [ -n "$release" ] || return 0
  packaged=$home/archives/$release.jsa
  if is_fresh "$packaged"; then
    archive=$packaged
  elif [ -n "${XDG_CACHE_HOME-}${HOME-}" ]; then
    find_own_archive
  fi
}

# The same with the user's own, which is made in the background, so that the next start finds it. It has
# the code that will run, so it has to be ours, in directories of ours: a HOME that sudo or su left is
# somebody else's.
find_own_archive() {
  caches=${XDG_CACHE_HOME:-$HOME/.cache}
  cache=$caches/vmcore-gdbserver
  # The JVM replaces %p and %t in file names, and a colon separates two archives.
  set -f
  IFS='/:%'
  set -- $root $jdk
  IFS=,
  made=$cache/$*-$release.jsa
  unset IFS
  set +f
  if [ -e "$cache" ] && ! { [ -O "$caches" ] && [ -O "$cache" ]; }; then
    sharing=-Xshare:off
  elif [ -e "$made" ] && ! [ -O "$made" ]; then
    sharing=-Xshare:off
  elif [ -e "$made" ] && is_fresh "$made"; then
    archive=$made
  elif ! is_fresh "$made.failed" && make_cache && [ -w "$cache" ]; then
    (train 9>"$cache/.lock" &) </dev/null >/dev/null 2>&1
  fi
}

# Makes the directory $cache, for its owner alone; not among somebody else's files.
make_cache() {
  [ -d "$cache" ] && return 0
  if [ -e "$caches" ] && ! [ -O "$caches" ]; then
    return 1
  fi
  (umask 077 && mkdir -p "$cache") 2>/dev/null
}

# Makes the archive $made, unless it is there or somebody is at it.
train() {
  if command -v flock >/dev/null 2>&1; then
    flock -n 9 || return 0
  fi
  if is_fresh "$made" || is_fresh "$made.failed"; then
    return 0
  fi
  # Those of other checkouts and JDKs that are gone. Others keep files in this directory, too.
  find "$cache" -name '*.jsa*' -type f -mtime +30 -exec rm -f {} +
  umask 077
  chmod go= "$cache"
  make_archive || : >"$made.failed"
}

# Makes the archive that everybody uses, in the place of those for other versions of Java.
package_archive() {
  umask 022
  mkdir -p "$home/archives/" && rm -f "$home"/archives/*.jsa*
  made=$home/archives/$release.jsa
  same=yes
  make_archive || die "cannot make $made with $java"
}

# Makes the archive $made. It bears the time when this began, so that a build in the meantime is
# newer, and gets its name when it is whole: JDK 17 crashes on one that is cut short. With $same it is the
# same, byte by byte, whenever it is made: no threads decide on the order of classes, and no links are made
# ahead (JEP 483), of which no two runs make the same. That costs a start nothing that can be measured.
make_archive() {
  new=$made.$$
  linking=
  [ "$major" -ge 24 ] && [ -z "${same-}" ] && linking=-XX:+AOTClassLinking
  : >"$new.begun" &&
    nice "$java" $options -XX:DumpLoadedClassList="$new.classes" -jar "$jar" warm-up >/dev/null 2>&1 &&
    { [ -z "${same-}" ] || sort_classes "$new.classes"; } &&
    { { [ -n "$linking" ] && dump_archive $linking; } || dump_archive; } &&
    touch -r "$new.begun" "$new" &&
    rm -f "$made.failed" &&
    mv -f "$new" "$made"
  status=$?
  rm -f "$new" "$new.begun" "$new.classes"
  return $status
}

# Dumps the classes of the list into $new, with a further option $1. Some lists crash JDK 25 where links are made
# ahead (AOTClassLinker::write_to_archive), which nobody needs to hear of.
dump_archive() {
  nice "$java" $options -XX:+UseG1GC -XX:ErrorFile=/dev/null -XX:-CreateCoredumpOnCrash -Xshare:dump ${1-} \
    -XX:SharedClassListFile="$new.classes" -XX:SharedArchiveFile="$new" -cp "$jar" >/dev/null 2>&1
}

# Leaves the names of the classes in list $1, and the lambdas, in an order of their own: without what numbers
# them, who loaded them and what of them was linked.
sort_classes() {
  sed -e '/^#/d' -e '/^@cp /d' -e '/ source: /d' -e 's/ id: [0-9]*$//' "$1" | LC_ALL=C sort -u >"$1.sorted" &&
    mv -f "$1.sorted" "$1"
}
