package io.lorikeet.config;

import java.time.Duration;
import java.util.List;

/**
 * Limits of adapters.
 *
 * @param registeredMax names that may be registered
 * @param fileBytesMax bytes of one adapter's files
 * @param hostBytes byte budget of adapter images in host memory
 * @param loadsMax loads in flight at once
 * @param loadTimeout longest time of one load
 * @param loadTries tries of a load whose files could not be read, the first one included
 * @param roots folders below which adapters may be loaded while the server runs; none: they can't
 * @param unloadWait how long an unload waits for requests that still run with the adapter
 */
public record AdapterSettings(
    int registeredMax,
    long fileBytesMax,
    long hostBytes,
    int loadsMax,
    Duration loadTimeout,
    int loadTries,
    List<String> roots,
    Duration unloadWait) {
  public AdapterSettings {
    roots = List.copyOf(roots);
    Checks.atLeast("adapters.registered-max", registeredMax, 0);
    Checks.atLeast("adapters.file-bytes-max", fileBytesMax, 1);
    Checks.atLeast("adapters.host-bytes", hostBytes, 0);
    Checks.atLeast("adapters.loads-max", loadsMax, 1);
    Checks.positive("adapters.load-timeout", loadTimeout);
    Checks.atLeast("adapters.load-tries", loadTries, 1);
    Checks.positive("adapters.unload-wait", unloadWait);
  }
}
