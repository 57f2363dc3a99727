# Builds what a checkout lacks; the launcher sources this where it is one.
# shellcheck shell=sh disable=SC2034,SC2154

root=${bin%/*/*}
home=$root/gdbstub/target
packages='apt-get install -y default-jdk-headless maven'

# Has all there that a command line needs. What only some need are modules of their own, which are
# built when they call for one: a command's, and what reads URIs.
provide() {
  module=gdbstub
  extensions=
  modules=
  case ${1-} in
    mcp | triage) modules=gdbstub/$1 ;;
  esac
  case $* in
    *://* | 'triage '*--list*) modules="${modules:-gdbstub} dumpreader/remote" ;;
  esac
  for module in ${modules:-gdbstub}; do
    built || build "$reason"
    [ "$module" = gdbstub ] || extensions=${extensions:+$extensions:}$root/$module/target/extension
  done
  # The sources are as old as what runs or older, so that their commit is its own; the build knows but that
  # of its time.
  commit=
  if [ "${1-}" = --version ]; then
    commit=$(git -C "$root" describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null) || commit=
  fi
}

build() {
  command -v mvn >/dev/null 2>&1 ||
    die "not built yet, and Maven is missing; install it with: $packages"
  # Compilers newer than the build knows have new warnings; what they make is the same.
  find_jdk javac -lt 1000
  [ -n "$jdk" ] || die "not built yet, and there is no JDK $oldest or newer; install it with: $packages"
  mkdir -p "$home" || die "cannot write $home"
  (
    # Two first starts at once build one after the other; the second finds it all done.
    if command -v flock >/dev/null 2>&1; then
      flock 9
      built && exit 0
    fi
    printf 'vmcore-gdbserver: building in %s (%s)\n' "$root" "$1" >&2
    cd "$root" || exit
    JAVA_HOME=$jdk mvn -q -B -DskipTests -Dspotless.check.skip -Dcompiler.checker=-g package \
      -pl "$module" -am \
      </dev/null >"$home/build.log" 2>&1 9>&- || {
      grep ERROR "$home/build.log" | head -n 5 >&2
      exit 1
    }
  ) 9>"$home/.lock" || die "the build failed; all it said is in $home/build.log"
}

# Whether the build of $module has left its mark and no source is newer; $reason tells otherwise.
built() {
  reason='first use'
  mark=$root/$module/target/.built
  [ -f "$mark" ] || return 1
  reason='sources have changed'
  [ -z "$(cd "$root" && find pom.xml dumpreader/pom.xml arch/pom.xml gdbstub/pom.xml "$module/pom.xml" \
    dumpreader/src/main arch/src/main gdbstub/src/main "$module/src/main" \
    -type f -newer "$mark" 2>/dev/null)" ]
}
