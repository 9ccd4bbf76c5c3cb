#!/bin/sh
# Starts Lorikeet with the Java runtime of this folder; needs nothing else of the machine.
# LORIKEET_JAVA_OPTS adds flags of the JVM, for example "-Xmx2g".
link=$0
while [ -h "$link" ]; do # it may be called through links
  target=$(readlink "$link") || exit 2
  case $target in /*) link=$target ;; *) link=${link%/*}/$target ;; esac
done
case $link in */*) ;; *) link=./$link ;; esac
root=$(cd "${link%/*}/.." && pwd -P) || exit 2

# shellcheck disable=SC2086 # the options are words
exec "$root/runtime/bin/java" @"$root/lib/java.args" -Dlorikeet.home="$root" ${LORIKEET_JAVA_OPTS:-} \
  -cp "$root/lib/*" io.lorikeet.cli.Main "$@"
