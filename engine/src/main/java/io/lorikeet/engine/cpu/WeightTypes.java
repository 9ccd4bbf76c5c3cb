package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.Matrix;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The part of the numerics id that weights decide: how activations are multiplied, and how matrices
 * are held, such as {@code exact/bf16} or {@code int8/q4}.
 */
final class WeightTypes {
  private WeightTypes() {}

  static String of(LoadedModel model, EngineSettings settings) {
    return settings.weights().equals("stored")
        ? "exact/" + stored(model)
        : "int8/" + settings.weights();
  }

  private static String stored(LoadedModel model) {
    return model.weights().matrices().stream()
        .map(Matrix::dtype)
        .distinct()
        .sorted()
        .map(t -> t.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
