# Sourced by ./mvnw and ./lorikeet: sets JAVA_HOME to a JDK of at least version 25, or explains what is missing.

jdk_version() { # prints the major version of the JDK in folder $1, or 0
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || { echo 0; return; }
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null | grep . ||
    "$1/bin/java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p' | grep . || echo 0
}

find_jdk() { # the first of JAVA_HOME, the java on PATH and the usual folders that is new enough
  on_path=
  if command -v java >/dev/null 2>&1; then
    on_path=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
  fi
  for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    [ -n "$home" ] && [ -d "$home" ] || continue
    if [ "$(jdk_version "$home")" -ge 25 ]; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  done
  echo "No JDK 25 or newer was found (looked at JAVA_HOME, the java on PATH and the usual JVM folders). Install one, for example Eclipse Temurin 25, or set JAVA_HOME." >&2
  return 1
}
