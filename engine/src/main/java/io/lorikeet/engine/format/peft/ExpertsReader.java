package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelWeights.ExpertWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns the tensors of experts and routers into canonical form. Experts are adapted one by one,
 * under the names of the model's files, or all at once in the fused weights of transformers 5.
 */
final class ExpertsReader {
  private static final List<Projection> PROJECTIONS =
      List.of(Projection.GATE, Projection.UP, Projection.DOWN);

  private final LoadedModel model;
  private final AdaptedModules modules;
  private final LinearReader linears;
  private final Optional<FusedExpertsReader> fused;

  /**
   * @param fused where the method can adapt fused weights
   */
  ExpertsReader(
      LoadedModel model,
      AdaptedModules modules,
      LinearReader linears,
      Optional<FusedExpertsReader> fused) {
    this.model = model;
    this.modules = modules;
    this.linears = linears;
    this.fused = fused;
  }

  /** One per layer; none where nothing is adapted. */
  List<ExpertsDelta> read() {
    List<ExpertsDelta> layers = new ArrayList<>();
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      Optional<ExpertWeights> base = model.weights().experts(layer);
      if (base.isPresent()) {
        layers.add(read(layer, base.get()));
      }
    }
    return layers.stream().allMatch(ExpertsDelta::isNone) ? List.of() : layers;
  }

  private ExpertsDelta read(int layer, ExpertWeights base) {
    List<Map<Projection, Delta>> experts = new ArrayList<>();
    for (int e = 0; e < base.gate().size(); e++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      for (Projection projection : PROJECTIONS) {
        Site site = new Site.Expert(layer, e, projection);
        linear(site, of(base, projection).get(e)).ifPresent(d -> deltas.put(projection, d));
      }
      experts.add(deltas);
    }
    for (boolean inner : new boolean[] {true, false}) {
      Site.FusedExperts site = new Site.FusedExperts(layer, inner);
      fused.ifPresentOrElse(
          reader -> reader.read(site, experts), () -> modules.parts(site).refuseRest());
    }
    return new ExpertsDelta(
        linear(new Site.Router(layer), base.router()).orElse(Delta.NONE),
        base.sharedGate()
            .flatMap(gate -> linear(new Site.SharedGate(layer), gate))
            .orElse(Delta.NONE),
        experts.stream().allMatch(Map::isEmpty) ? List.of() : experts);
  }

  private static List<Matrix> of(ExpertWeights base, Projection projection) {
    return switch (projection) {
      case GATE -> base.gate();
      case UP -> base.up();
      case DOWN -> base.down();
      default -> throw new IllegalArgumentException("experts have no " + projection);
    };
  }

  private Optional<Delta> linear(Site site, Matrix base) {
    if (!modules.hasTensors(site)) {
      return Optional.empty();
    }
    ModuleParts parts = modules.parts(site);
    Delta delta = linears.read(parts, modules.isSelected(site), base, Optional.empty());
    parts.refuseRest();
    if (delta.inputScale().isPresent()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "`%s` must not have its inputs scaled: that is not supported in experts and routers"
              .formatted(parts.key()));
    }
    return delta.isNone() ? Optional.empty() : Optional.of(delta);
  }
}
