package io.lorikeet.cli;

import io.lorikeet.engine.spi.ExecutorProvider;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among the back ends on the class path. */
final class BackEnd {
  private static final Logger LOG = LoggerFactory.getLogger(BackEnd.class);

  private BackEnd() {}

  /** The first that this machine can run. */
  static ExecutorProvider find() {
    for (ExecutorProvider provider : ServiceLoader.load(ExecutorProvider.class)) {
      ExecutorProvider.Availability availability = provider.availability();
      if (availability.available()) {
        return provider;
      }
      LOG.info("{} is not used: {}", provider.device(), availability.reason());
    }
    throw new IllegalStateException("no executor is on the class path");
  }
}
