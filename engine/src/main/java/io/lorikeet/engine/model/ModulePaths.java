package io.lorikeet.engine.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Paths of the linear layers as transformers names them, which tensors of models and adapters go
 * by.
 *
 * @param inner prefix of everything but the head, such as {@code model.}
 * @param layers the list of decoder layers below it
 * @param inLayer path of a projection below its layer
 */
public record ModulePaths(String inner, String layers, Map<Projection, String> inLayer) {
  /** The names of Llama and of all that copied it. */
  static final ModulePaths LLAMA =
      new ModulePaths(
          "model.",
          "layers",
          Map.of(
              Projection.Q, "self_attn.q_proj",
              Projection.K, "self_attn.k_proj",
              Projection.V, "self_attn.v_proj",
              Projection.O, "self_attn.o_proj",
              Projection.GATE, "mlp.gate_proj",
              Projection.UP, "mlp.up_proj",
              Projection.DOWN, "mlp.down_proj"));

  /** These paths with some projections elsewhere. */
  ModulePaths with(Map<Projection, String> changed) {
    Map<Projection, String> all = new EnumMap<>(inLayer);
    all.putAll(changed);
    return new ModulePaths(inner, layers, Map.copyOf(all));
  }

  /** Path of a layer below {@link #inner}, with a dot at its end. */
  String layer(int index) {
    return layers + "." + index + ".";
  }

  /** Path of a projection below {@link #inner}. */
  public String path(int layer, Projection projection) {
    return layer(layer) + Objects.requireNonNull(inLayer.get(projection), projection::name);
  }
}
