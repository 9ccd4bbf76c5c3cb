package io.lorikeet.engine.spi;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import java.util.Optional;

/** Finds a back end at run time through {@link java.util.ServiceLoader}. */
public interface ExecutorProvider {
  /** Name for {@code --device}, such as {@code cpu}. */
  String device();

  /** Whether this machine can run it, with one line that says why not. */
  Availability availability();

  /**
   * Why it can't run a model with these settings, although this machine has the device; empty where
   * it can.
   */
  default String refusal(LoadedModel model, EngineSettings settings) {
    return "";
  }

  /** One line on what makes it slower than it could be here; empty where nothing does. */
  default String remark(EngineSettings settings) {
    return "";
  }

  /**
   * Opens an executor; must be called on the thread that will use it. Warm-up is done when it
   * returns.
   */
  Executor open(LoadedModel model, EngineSettings settings);

  /** Bytes that an executor could take now: of the machine, the container or the device. */
  long freeBytes();

  /** What {@link #open} takes before the KV cache. Takes nothing itself. */
  MemoryNeed memoryNeed(LoadedModel model, EngineSettings settings);

  /**
   * Blocks of the KV cache that {@link #open} would plan. Takes nothing itself.
   *
   * @param freeBytes what there is once the model is loaded
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_MEMORY_EXCEEDED, as {@link #open}
   */
  int kvBlocks(LoadedModel model, EngineSettings settings, long freeBytes);

  /**
   * Measures the device itself, which takes about a second and nothing that stays; empty where it
   * is this machine's processors.
   */
  default Optional<DeviceSpeed> speed() {
    return Optional.empty();
  }

  /** Empty reason: available. */
  record Availability(String reason) {
    public boolean available() {
      return reason.isEmpty();
    }
  }
}
