package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Names the storage types of a model's matrices for the numerics id, such as {@code bf16}. */
final class WeightTypes {
  private WeightTypes() {}

  static String of(LoadedModel model) {
    Set<DType> types = EnumSet.of(model.weights().embedding().dtype());
    types.add(model.weights().head().dtype());
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      for (Projection projection : Projection.values()) {
        types.add(model.weights().projection(layer, projection).dtype());
      }
    }
    return types.stream()
        .map(t -> t.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
