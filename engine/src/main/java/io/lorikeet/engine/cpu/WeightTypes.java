package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.Matrix;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names the storage types of a model's matrices for the numerics id, such as {@code bf16}. */
final class WeightTypes {
  private WeightTypes() {}

  static String of(LoadedModel model) {
    return model.weights().matrices().stream()
        .map(Matrix::dtype)
        .distinct()
        .sorted()
        .map(t -> t.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
