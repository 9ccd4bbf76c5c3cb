package io.lorikeet.engine.step;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which matrices of the base are packed, in what format, and where in one piece of memory: the
 * projections, experts and the head, as the settings say. Embeddings, routers and gates of shared
 * experts stay as they are stored.
 *
 * @param entries in the order of the memory
 * @param stored those of the projections, experts and the head that are not packed
 */
public record WeightPlan(List<Entry> entries, List<Matrix> stored) {
  private static final String STORED = "stored";
  private static final String HEAD = "head";

  public WeightPlan {
    entries = List.copyOf(entries);
    stored = List.copyOf(stored);
  }

  /**
   * One matrix.
   *
   * @param name such as {@code layers.3.down}; experts of a layer share theirs
   * @param offset of its units in the packed memory, a multiple of 64
   */
  public record Entry(String name, Matrix matrix, BlockFormat format, long offset) {
    public long bytes() {
      return QuantizedMatrix.bytes(format, matrix.rows(), matrix.cols());
    }

    public long weights() {
      return (long) matrix.rows() * matrix.cols();
    }
  }

  /**
   * The plan of a model.
   *
   * @throws LorikeetException MODEL_QUANTIZATION_UNSUPPORTED, for a name that matches nothing
   */
  public static WeightPlan of(ModelWeights model, DecoderSpec spec, EngineSettings settings) {
    Builder plan = new Builder(settings);
    for (int layer = 0; layer < spec.layers(); layer++) {
      for (Projection projection : spec.projections()) {
        plan.add(layer, names(layer, projection), model.projection(layer, projection));
      }
      List<String> names = names(layer, "experts");
      int of = layer;
      model
          .experts(layer)
          .ifPresent(experts -> {
            experts.gate().forEach(matrix -> plan.add(of, names, matrix));
            experts.up().forEach(matrix -> plan.add(of, names, matrix));
            experts.down().forEach(matrix -> plan.add(of, names, matrix));
          });
    }
    plan.addHead(model.head());
    plan.refuseUnknown();
    return new WeightPlan(plan.entries, plan.stored);
  }

  // Names under which a matrix may be chosen, the narrowest first.
  private static List<String> names(int layer, Projection projection) {
    String own = projection.name().toLowerCase(Locale.ROOT);
    String group =
        switch (projection) {
          case QKV, Q, K, V, O -> "attention";
          case GATE_UP, GATE, UP, DOWN -> "mlp";
        };
    String prefix = "layers." + layer;
    return List.of(prefix + "." + own, prefix + "." + group, prefix, own, group);
  }

  private static List<String> names(int layer, String group) {
    String prefix = "layers." + layer;
    return List.of(prefix + "." + group, prefix, group);
  }

  private static final class Builder {
    final List<Entry> entries = new ArrayList<>();
    final List<Matrix> stored = new ArrayList<>();
    private final String usual;
    private final Map<String, String> chosen;
    private final Set<String> matched = new HashSet<>();
    private final Set<String> groups = new TreeSet<>(); // of the first layer and the head
    private long offset;

    Builder(EngineSettings settings) {
      usual = settings.weights();
      chosen = settings.weightsOf();
    }

    void add(int layer, List<String> names, Matrix matrix) {
      if (layer == 0) {
        groups.addAll(names);
      }
      matched.addAll(names);
      String weights =
          names.stream()
              .filter(chosen::containsKey)
              .findFirst()
              .map(name -> chosen.getOrDefault(name, usual))
              .orElse(usual);
      add(names.getFirst(), matrix, weights);
    }

    // Logits show every rounding of the head.
    void addHead(Matrix matrix) {
      groups.add(HEAD);
      matched.add(HEAD);
      add(HEAD, matrix, chosen.getOrDefault(HEAD, usual.equals(STORED) ? STORED : "q8"));
    }

    private void add(String name, Matrix matrix, String weights) {
      if (weights.equals(STORED)) {
        stored.add(matrix);
      } else {
        BlockFormat format = weights.equals("q4") ? BlockFormat.Q4 : BlockFormat.Q8;
        Entry entry = new Entry(name, matrix, format, offset);
        entries.add(entry);
        offset += entry.bytes();
      }
    }

    void refuseUnknown() {
      Set<String> unknown = new TreeSet<>(chosen.keySet());
      unknown.removeAll(matched);
      if (!unknown.isEmpty()) {
        throw new LorikeetException(
            ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
            "`engine.weights-of` must name matrices of the model, such as %s. Given: %s"
                .formatted(groups, unknown));
      }
    }
  }

  /** Bytes of the packed memory. */
  public long packedBytes() {
    return entries.isEmpty() ? 0 : entries.getLast().offset + entries.getLast().bytes();
  }

  /** Weights in all. */
  public long weights() {
    return entries.stream().mapToLong(Entry::weights).sum();
  }

  /** Bytes of all matrices as an executor holds them. */
  public long bytes(ModelWeights model) {
    Set<Matrix> packed = Collections.newSetFromMap(new IdentityHashMap<>());
    entries.forEach(entry -> packed.add(entry.matrix));
    long bytes = packedBytes();
    // A head that is the embedding is needed as it is stored, too.
    for (Matrix matrix : model.matrices()) {
      boolean isReplaced = packed.contains(matrix) && !matrix.equals(model.embedding());
      bytes += isReplaced ? 0 : matrix.data().byteSize();
    }
    return bytes;
  }
}
