package io.lorikeet.cli.bundle;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a bundle is made for. Jars name platforms in the paths of their native libraries, each in
 * its own way.
 *
 * @param name such as {@code linux-x86_64}
 */
record Platform(String name, Pattern own) {
  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib|a)");
  private static final Pattern ANY =
      Pattern.compile("(linux|osx|darwin|mac|win|sunos|aix|freebsd|openbsd|dragonfly)[a-z0-9]*-");

  // Of JCuda's libraries only the one for the driver is loaded.
  private static final List<String> UNUSED =
      List.of("lib/libJNvPTXCompiler-", "lib/libJNvrtc-", "lib/libJCudaRuntime-");

  /**
   * By the names that Java has for it.
   *
   * @throws LorikeetException BUNDLE_PLATFORM_UNSUPPORTED
   */
  static Platform of(String system, String processor) {
    String os =
        switch (system) {
          case "Linux" -> "linux";
          case "Mac OS X" -> "osx|darwin";
          default -> throw unsupported(system, processor);
        };
    String cpu =
        switch (processor) {
          case "amd64", "x86_64" -> "x86[-_]64";
          case "aarch64" -> "aarch64";
          default -> throw unsupported(system, processor);
        };
    String name = os.replaceAll("\\|.*", "") + "-" + cpu.replace("[-_]", "_");
    return new Platform(name, Pattern.compile("(" + os + ")-" + cpu + "(/|[.]|$)"));
  }

  private static LorikeetException unsupported(String system, String processor) {
    return new LorikeetException(
        ErrorCode.BUNDLE_PLATFORM_UNSUPPORTED,
        "bundles are made on Linux and macOS, for x86-64 and aarch64. Given: %s on %s"
            .formatted(system, processor));
  }

  /** Whether an entry of a jar is of use on this platform. */
  boolean keeps(String entry) {
    String path = entry.toLowerCase(Locale.ROOT);
    if (!NATIVE.matcher(path).matches() || !ANY.matcher(path).find()) {
      return true;
    }
    return own.matcher(path).find() && UNUSED.stream().noneMatch(entry::startsWith);
  }
}
