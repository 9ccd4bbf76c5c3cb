package io.lorikeet.cli;

import io.lorikeet.config.Device;
import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.ExecutorProvider;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among the back ends on the class path. */
final class BackEnd {
  private static final Logger LOG = LoggerFactory.getLogger(BackEnd.class);

  private BackEnd() {}

  /**
   * The first that this machine can run; the CPU only where no other can.
   *
   * @throws IllegalArgumentException a device was asked for that can't be had, with the reason
   */
  static ExecutorProvider find(Device device) {
    return find(onClassPath(), device, provider -> provider.availability().reason());
  }

  /** As {@link #find(Device)}, for one that can run this model with these settings. */
  static ExecutorProvider find(Device device, LoadedModel model, EngineSettings settings) {
    return find(
        onClassPath(),
        device,
        provider -> {
          String reason = provider.availability().reason();
          return reason.isEmpty() ? provider.refusal(model, settings) : reason;
        });
  }

  /**
   * @param objection why a provider can't be used; empty where it can
   */
  static ExecutorProvider find(
      List<ExecutorProvider> providers,
      Device device,
      Function<ExecutorProvider, String> objection) {
    for (ExecutorProvider provider : providers) {
      if (device != Device.AUTO && !provider.device().equals(device.word())) {
        continue;
      }
      String reason = objection.apply(provider);
      if (reason.isEmpty()) {
        return provider;
      }
      if (device != Device.AUTO) {
        throw new IllegalArgumentException(
            "the device %s can't be used: %s".formatted(device.word(), reason));
      }
      LOG.info("the device {} is not used: {}", provider.device(), reason);
    }
    throw new IllegalStateException("no executor for `" + device.word() + "` is on the class path");
  }

  private static List<ExecutorProvider> onClassPath() {
    return ServiceLoader.load(ExecutorProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(provider -> provider.device().equals(Device.CPU.word())))
        .toList();
  }
}
