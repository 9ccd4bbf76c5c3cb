package io.lorikeet.engine.spi;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;

/** Finds a back end at run time through {@link java.util.ServiceLoader}. */
public interface ExecutorProvider {
  /** Name for {@code --device}, such as {@code cpu}. */
  String device();

  /** Whether this machine can run it, with one line that says why not. */
  Availability availability();

  /**
   * Opens an executor; must be called on the thread that will use it. Warm-up is done when it
   * returns.
   */
  Executor open(LoadedModel model, EngineSettings settings);

  /** Empty reason: available. */
  record Availability(String reason) {
    public boolean available() {
      return reason.isEmpty();
    }
  }
}
