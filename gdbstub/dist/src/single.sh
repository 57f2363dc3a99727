# Where things are for the single jar, whose head this launcher is.
# shellcheck shell=sh disable=SC2034,SC2154

# Nothing lies below a file: what is beside the jar, in a directory where anybody may put files, is none of
# its parts. But for what was unpacked there for it.
jar=$bin/${self##*/}
root=$jar
home=$jar
extensions=$bin/lib
