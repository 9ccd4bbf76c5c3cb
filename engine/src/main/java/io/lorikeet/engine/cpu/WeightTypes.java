package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.Matrix;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The part of the numerics id that weights decide: how activations are multiplied, and how matrices
 * are held, such as {@code exact/bf16}, {@code int8/q4} or {@code int8/q4,down=q8}.
 */
final class WeightTypes {
  private static final String STORED = "stored";

  private WeightTypes() {}

  static String of(LoadedModel model, EngineSettings settings) {
    String stored = stored(model);
    boolean packs =
        !settings.weights().equals(STORED)
            || settings.weightsOf().values().stream().anyMatch(value -> !value.equals(STORED));
    StringBuilder id = new StringBuilder();
    id.append(packs && settings.numerics() != Numerics.EXACT ? "int8/" : "exact/");
    id.append(settings.weights().equals(STORED) ? stored : settings.weights());
    new TreeMap<>(settings.weightsOf())
        .forEach((name, value) ->
            id.append(",").append(name).append("=").append(value.equals(STORED) ? stored : value));
    return id.toString();
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
