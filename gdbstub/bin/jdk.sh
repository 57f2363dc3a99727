# Finds JDKs without running them: for the launcher and for the tests on the newest JDK.
# shellcheck shell=sh disable=SC2034,SC3067

# The oldest version that will do.
oldest=17

# Sets $major to the feature version of the JDK in directory $1, 0 when it is none that runs, and
# $release to its full version.
version_of() {
  major=0
  release=
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while IFS='=' read -r key value; do
    value=${value#\"}
    case $key in
      JAVA_VERSION) major=${value%%[!0-9]*} ;;
      JAVA_RUNTIME_VERSION) release=${value%\"} ;;
    esac
  done <"$1/release"
  : "${major:=0}"
}

# Whether directory $1 may hold a JDK to run: one in a HOME that sudo or su left is somebody else's.
is_trusted() {
  [ -z "${HOME-}" ] && return 0
  case $1 in
    "$HOME"/*) [ -O "$HOME" ] ;;
  esac
}

# Sets $jdk to the newest JDK that has the program $1, or with `-lt 1000` to the oldest that will do,
# and $major and $release to its version; $jdk is empty when there is none.
find_jdk() {
  jdk=
  best=$3
  on_path=$(command -v java) || on_path=
  [ -L "$on_path" ] && on_path=$(readlink -f "$on_path")
  for candidate in "${JAVA_HOME-}" "${on_path%/bin/java}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/openjdk-* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/*; do
    [ -x "$candidate/bin/$1" ] || continue
    is_trusted "$candidate" || continue
    version_of "$candidate"
    if [ "$major" -ge "$oldest" ] && test "$major" "$2" "$best"; then
      best=$major
      best_release=$release
      jdk=$candidate
    fi
  done
  major=$best
  release=${best_release-}
}
