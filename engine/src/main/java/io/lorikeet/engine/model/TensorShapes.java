package io.lorikeet.engine.model;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The tensors that a spec asks for, by name, with their shapes in the files. */
final class TensorShapes {
  private final DecoderSpec spec;
  private final TensorNames names;
  private final Map<String, List<Integer>> shapes = new TreeMap<>();

  private TensorShapes(DecoderSpec spec, TensorNames names) {
    this.spec = spec;
    this.names = names;
  }

  static Map<String, List<Integer>> of(DecoderSpec spec, TensorNames names) {
    TensorShapes all = new TensorShapes(spec, names);
    all.outer();
    for (int layer = 0; layer < spec.layers(); layer++) {
      all.layer(layer);
    }
    return all.shapes;
  }

  private void outer() {
    shapes.put(names.embedding(), List.of(spec.vocab(), spec.hidden()));
    if (!spec.tiedEmbeddings()) {
      shapes.put(names.head(), List.of(spec.vocab(), spec.hidden()));
    }
    if (spec.headBias()) {
      shapes.put(names.headBias(), List.of(spec.vocab()));
    }
    if (spec.attention().positions() == DecoderSpec.Positions.LEARNED) {
      shapes.put(names.positions(), List.of(spec.contextMax(), spec.hidden()));
    }
    if (spec.embeddingNorm()) {
      norm(names.embeddingNorm(), List.of(spec.hidden()));
    }
    norm(names.finalNorm(), List.of(spec.hidden()));
  }

  private void layer(int layer) {
    for (NormPlace place : spec.norms()) {
      norm(names.norm(layer, place), spec.normShape(place));
    }
    for (Projection p : spec.projections()) {
      int out = spec.outputs(p);
      int in = spec.inputs(p);
      shapes.put(
          names.weight(layer, p), names.isTransposed() ? List.of(in, out) : List.of(out, in));
      if (names.isBiased(p)) {
        shapes.put(names.bias(layer, p), List.of(out));
      }
    }
    spec.experts().ifPresent(experts -> experts(layer, experts));
  }

  private void experts(int layer, Experts experts) {
    int width = spec.intermediate();
    shapes.put(names.router(layer), List.of(experts.count(), spec.hidden()));
    if (experts.sharedWidth() > 0) {
      shapes.put(names.sharedGate(layer), List.of(1, spec.hidden()));
    }
    if (names.hasStackedExperts()) {
      List<Integer> all = List.of(experts.count() * width, spec.hidden());
      shapes.put(names.stackedExperts(layer, Projection.GATE), all);
      shapes.put(names.stackedExperts(layer, Projection.UP), all);
      shapes.put(names.stackedExperts(layer, Projection.DOWN), all);
      return;
    }
    for (int e = 0; e < experts.count(); e++) {
      shapes.put(names.expert(layer, e, Projection.GATE), List.of(width, spec.hidden()));
      shapes.put(names.expert(layer, e, Projection.UP), List.of(width, spec.hidden()));
      shapes.put(names.expert(layer, e, Projection.DOWN), List.of(spec.hidden(), width));
    }
  }

  private void norm(String name, List<Integer> shape) {
    shapes.put(name + ".weight", shape);
    if (names.hasNormBias()) {
      shapes.put(name + ".bias", shape);
    }
  }
}
