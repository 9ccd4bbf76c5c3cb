package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The part of the numerics id that weights decide: how activations are multiplied, and how matrices
 * are held, such as {@code exact/bf16}, {@code bf16/bf16}, {@code int8/q4} or {@code
 * int8/q4,down=q8}.
 */
final class WeightTypes {
  private static final String STORED = "stored";

  private WeightTypes() {}

  static String of(LoadedModel model, EngineSettings settings) {
    String stored = storedName(model);
    boolean packs =
        !settings.weights().equals(STORED)
            || settings.weightsOf().values().stream().anyMatch(value -> !value.equals(STORED));
    StringBuilder id = new StringBuilder();
    id.append(activations(settings.numerics(), packs)).append('/');
    id.append(settings.weights().equals(STORED) ? stored : settings.weights());
    new TreeMap<>(settings.weightsOf())
        .forEach((name, value) ->
            id.append(",").append(name).append("=").append(value.equals(STORED) ? stored : value));
    return id.toString();
  }

  private static String activations(Numerics numerics, boolean packs) {
    return switch (numerics) {
      case BF16 -> "bf16";
      case EXACT -> "exact";
      case AUTO, INT8 -> packs ? "int8" : "exact";
    };
  }

  /** Storage types of the model's matrices, each once. */
  static Stream<DType> stored(LoadedModel model) {
    return model.weights().matrices().stream().map(Matrix::dtype).distinct().sorted();
  }

  /** The same as {@code bf16} or {@code f32+bf16}. */
  static String storedName(LoadedModel model) {
    return stored(model)
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
