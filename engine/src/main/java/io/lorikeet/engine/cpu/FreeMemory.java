package io.lorikeet.engine.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory the machine, or the container, can still give. */
final class FreeMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private FreeMemory() {}

  /** Bytes that can be taken without swapping; caches that the system would give up count. */
  static long bytes() {
    var system =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    if (!Files.isReadable(MEMINFO)) {
      return system.getFreeMemorySize();
    }
    List<String> lines = read();
    long total = field(lines, "MemTotal:");
    long available = field(lines, "MemAvailable:");
    boolean limited = system.getTotalMemorySize() < total;
    return limited ? Math.min(available, system.getFreeMemorySize()) : available;
  }

  private static List<String> read() {
    try {
      return Files.readAllLines(MEMINFO);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A field of meminfo, which counts in KiB. */
  static long field(List<String> lines, String name) {
    String line =
        lines.stream()
            .filter(l -> l.startsWith(name))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(MEMINFO + " has no " + name));
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
  }
}
