package io.lorikeet.cli.fuzz;

import com.sun.management.UnixOperatingSystemMXBean;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.actors.LorikeetEngine;
import io.lorikeet.engine.schedule.LoopState;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * All that a request takes for a while, by name: sequences, blocks, leases, actors (streams and
 * connections among them), open files and threads.
 */
record Counts(Map<String, Integer> byName) {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(FuzzServer.LONG_SECONDS);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final Pattern KEPT =
      Pattern.compile("-dispatcher-|^ForkJoinPool|^kamon|^process reaper|^fuzz client");

  static Counts of(LorikeetEngine engine) {
    Map<String, Integer> counts = new TreeMap<>();
    LoopState loop = FuzzServer.await(engine.status()).loop();
    counts.put("running", loop.running());
    counts.put("waiting", loop.waiting() + loop.preempted());
    counts.put("blocks", loop.blocksUsed() + loop.blocksRetiring());
    counts.put("steps", loop.stepsInFlight());
    counts.put(
        "leases",
        FuzzServer.await(engine.adapters()).stream().mapToInt(AdapterStatus::leases).sum());
    engine.system().printTree().lines().forEach(line -> count(counts, "actor " + plain(line)));
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (!isKept(thread)) {
        count(counts, "thread " + plain(thread.getName()));
      }
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os) {
      counts.put("files", Math.toIntExact(os.getOpenFileDescriptorCount()));
    }
    return new Counts(counts);
  }

  /** Waits until nothing is held that was not before; what is, else nothing. */
  static String difference(LorikeetEngine engine, Counts before) {
    long start = System.nanoTime();
    while (true) {
      String difference = before.difference(of(engine));
      if (difference.isEmpty() || System.nanoTime() - start > PATIENCE_NANOS) {
        return difference;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private String difference(Counts now) {
    Map<String, Integer> all = new TreeMap<>(byName);
    all.putAll(now.byName);
    StringBuilder text = new StringBuilder();
    for (String name : all.keySet()) {
      int before = byName.getOrDefault(name, 0);
      int after = now.byName.getOrDefault(name, 0);
      if (after > before) {
        text.append("%s: %d, was %d%n".formatted(name, after, before));
      }
    }
    return text.toString();
  }

  private static void count(Map<String, Integer> counts, String name) {
    counts.merge(name, 1, Integer::sum);
  }

  // Pools keep threads for a while, up to a bound of theirs; the JVM and Kamon begin some late.
  private static boolean isKept(Thread thread) {
    return KEPT.matcher(thread.getName()).find();
  }

  private static String plain(String name) {
    return name.replaceAll("\\$[A-Za-z0-9+~]+", "\\$").replaceAll("[0-9]+", "N").strip();
  }
}
