package io.lorikeet.engine.step;

import io.lorikeet.config.EngineSettings;
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
public final class WeightTypes {
  private static final String STORED = "stored";

  private WeightTypes() {}

  /** Both, as the CPU multiplies. */
  public static String of(LoadedModel model, EngineSettings settings) {
    return activations(settings) + "/" + held(model, settings);
  }

  /** How matrices are held, such as {@code bf16} or {@code q4,down=q8}. */
  public static String held(LoadedModel model, EngineSettings settings) {
    String stored = storedName(model);
    StringBuilder id = new StringBuilder();
    id.append(settings.weights().equals(STORED) ? stored : settings.weights());
    new TreeMap<>(settings.weightsOf())
        .forEach((name, value) ->
            id.append(",").append(name).append("=").append(value.equals(STORED) ? stored : value));
    return id.toString();
  }

  private static boolean packs(EngineSettings settings) {
    return !settings.weights().equals(STORED)
        || settings.weightsOf().values().stream().anyMatch(value -> !value.equals(STORED));
  }

  private static String activations(EngineSettings settings) {
    return switch (settings.numerics()) {
      case BF16 -> "bf16";
      case EXACT -> "exact";
      case AUTO, INT8 -> packs(settings) ? "int8" : "exact";
    };
  }

  /** Storage types of the model's matrices, each once. */
  public static Stream<DType> stored(LoadedModel model) {
    return model.weights().matrices().stream().map(Matrix::dtype).distinct().sorted();
  }

  /** The same as {@code bf16} or {@code f32+bf16}. */
  public static String storedName(LoadedModel model) {
    return stored(model)
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("+"));
  }
}
