package io.lorikeet.engine.model;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Picks the weights of a spec out of a folder's tensors: every one checked, none left over. */
final class WeightsReader {
  private static final FileFamily FAMILY = FileFamily.MODEL;
  private static final float[] NO_BIAS = {};

  private final Map<String, TensorView> tensors;
  private final DecoderSpec spec;
  private final TensorNames names;
  private final boolean isKnownFinite;
  private final Set<String> used = new HashSet<>();
  private final Map<String, Matrix> matrices = new HashMap<>();
  private final Arena copies = Arena.ofAuto();
  private long copiedBytes;

  /**
   * @param isKnownFinite whether matrices need not be read for NaN and infinity
   */
  WeightsReader(
      Map<String, TensorView> tensors, DecoderSpec spec, TensorNames names, boolean isKnownFinite) {
    this.isKnownFinite = isKnownFinite;
    this.tensors = withoutPrefix(tensors, names.optionalPrefix());
    this.spec = spec;
    this.names = names;
  }

  MappedWeights read() {
    Matrix embedding = matrix(names.embedding(), spec.vocab(), spec.hidden());
    Optional<Matrix> positions =
        spec.attention().positions() == DecoderSpec.Positions.LEARNED
            ? Optional.of(matrix(names.positions(), spec.contextMax(), spec.hidden()))
            : Optional.empty();
    Optional<Norm> embeddingNorm =
        spec.embeddingNorm()
            ? Optional.of(norm(names.embeddingNorm(), List.of(spec.hidden())))
            : Optional.empty();
    Norm finalNorm = norm(names.finalNorm(), List.of(spec.hidden()));
    Matrix head = head(embedding);
    Optional<float[]> headBias =
        spec.headBias()
            ? Optional.of(vector(names.headBias(), List.of(spec.vocab())))
            : Optional.empty();
    List<MappedWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < spec.layers(); i++) {
      layers.add(layer(i));
    }
    refuseRest();
    refuseNotFinite();
    return new MappedWeights(
        embedding,
        positions,
        embeddingNorm,
        finalNorm,
        head,
        headBias,
        List.copyOf(layers),
        copiedBytes);
  }

  private MappedWeights.Layer layer(int index) {
    Map<NormPlace, Norm> norms = new EnumMap<>(NormPlace.class);
    for (NormPlace place : spec.norms()) {
      norms.put(place, norm(names.norm(index, place), spec.normShape(place)));
    }
    Map<Projection, Matrix> projections = new EnumMap<>(Projection.class);
    Map<Projection, float[]> biases = new EnumMap<>(Projection.class);
    for (Projection p : spec.projections()) {
      projections.put(p, projection(names.weight(index, p), spec.outputs(p), spec.inputs(p)));
      if (names.isBiased(p)) {
        biases.put(p, vector(names.bias(index, p), List.of(spec.outputs(p))));
      }
    }
    return new MappedWeights.Layer(
        norms, projections, biases, spec.experts().map(experts -> experts(index, experts)));
  }

  private ModelWeights.ExpertWeights experts(int layer, Experts experts) {
    if (names.hasStackedExperts()) {
      return stackedExperts(layer, experts);
    }
    int width = spec.intermediate();
    List<Matrix> gate = new ArrayList<>();
    List<Matrix> up = new ArrayList<>();
    List<Matrix> down = new ArrayList<>();
    for (int e = 0; e < experts.count(); e++) {
      gate.add(matrix(names.expert(layer, e, Projection.GATE), width, spec.hidden()));
      up.add(matrix(names.expert(layer, e, Projection.UP), width, spec.hidden()));
      down.add(matrix(names.expert(layer, e, Projection.DOWN), spec.hidden(), width));
    }
    Optional<Matrix> sharedGate =
        experts.sharedWidth() > 0
            ? Optional.of(matrix(names.sharedGate(layer), 1, spec.hidden()))
            : Optional.empty();
    return new ModelWeights.ExpertWeights(
        matrix(names.router(layer), experts.count(), spec.hidden()), sharedGate, gate, up, down);
  }

  private ModelWeights.ExpertWeights stackedExperts(int layer, Experts experts) {
    return new ModelWeights.ExpertWeights(
        matrix(names.router(layer), experts.count(), spec.hidden()),
        Optional.empty(),
        stacked(layer, Projection.GATE, experts),
        stacked(layer, Projection.UP, experts),
        stacked(layer, Projection.DOWN, experts).stream().map(this::transposed).toList());
  }

  /** The matrices {@code [intermediate, hidden]} of all experts, where they lie. */
  private List<Matrix> stacked(int layer, Projection projection, Experts experts) {
    int width = spec.intermediate();
    String name = names.stackedExperts(layer, projection);
    Matrix all = matrix(name, experts.count() * width, spec.hidden());
    long bytes = all.data().byteSize() / experts.count();
    List<Matrix> each = new ArrayList<>();
    for (int e = 0; e < experts.count(); e++) {
      MemorySegment data = all.data().asSlice(e * bytes, bytes);
      each.add(new Matrix(data, all.dtype(), width, spec.hidden()));
    }
    return each;
  }

  // A file may carry a copy of a tied matrix; another matrix there contradicts the config.
  private Matrix head(Matrix embedding) {
    if (!spec.tiedEmbeddings()) {
      return matrix(names.head(), spec.vocab(), spec.hidden());
    }
    if (tensors.containsKey(names.head())) {
      Matrix copy = matrix(names.head(), spec.vocab(), spec.hidden());
      if (copy.dtype() != embedding.dtype() || copy.data().mismatch(embedding.data()) != -1) {
        throw FAMILY.tensorUnknown(
            "`"
                + names.head()
                + "` differs from the embedding although `tie_word_embeddings` is true");
      }
    }
    return embedding;
  }

  private Matrix projection(String name, int rows, int cols) {
    return names.isTransposed() ? transposed(matrix(name, cols, rows)) : matrix(name, rows, cols);
  }

  private Matrix transposed(Matrix stored) {
    int bytes = stored.dtype().bytes();
    MemorySegment copy = copies.allocate(stored.data().byteSize(), 64);
    for (long r = 0; r < stored.rows(); r++) {
      for (long c = 0; c < stored.cols(); c++) {
        MemorySegment.copy(
            stored.data(),
            (r * stored.cols() + c) * bytes,
            copy,
            (c * stored.rows() + r) * bytes,
            bytes);
      }
    }
    copiedBytes += copy.byteSize();
    return new Matrix(copy.asReadOnly(), stored.dtype(), stored.cols(), stored.rows());
  }

  private Matrix matrix(String name, int rows, int cols) {
    TensorView view = find(name, List.of(rows, cols));
    Matrix matrix = new Matrix(view.data(), dtype(view), rows, cols);
    matrices.put(name, matrix);
    return matrix;
  }

  private Norm norm(String name, List<Integer> shape) {
    float[] weight = vector(name + ".weight", shape);
    for (int i = 0; i < weight.length; i++) {
      weight[i] += names.normOffset();
    }
    if (spec.norm() == DecoderSpec.NormKind.RMS) {
      return new Norm(weight, NO_BIAS);
    }
    float[] bias = names.hasNormBias() ? vector(name + ".bias", shape) : new float[weight.length];
    return new Norm(weight, bias);
  }

  private float[] vector(String name, List<Integer> shape) {
    TensorView view = find(name, shape);
    int width = shape.stream().reduce(1, (a, b) -> a * b);
    Matrix row = new Matrix(view.data(), dtype(view), 1, width);
    if (!FiniteCheck.isFinite(row)) {
      throw notFinite(name);
    }
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = Widen.element(row.dtype(), row.data(), i);
    }
    return values;
  }

  private TensorView find(String name, List<Integer> shape) {
    TensorView view = tensors.get(name);
    if (view == null) {
      throw FAMILY.tensorMissing("`" + name + "` is not in the weights");
    }
    used.add(name);
    if (!Arrays.equals(view.shape(), shape.stream().mapToLong(Integer::longValue).toArray())) {
      throw FAMILY.tensorShape(
          "`" + view.name() + "` must have the shape " + shape + ". Given: " + view.shapeText());
    }
    return view;
  }

  private void refuseRest() {
    for (Map.Entry<String, TensorView> tensor : tensors.entrySet()) {
      if (!used.contains(tensor.getKey()) && !isBuffer(tensor.getKey(), tensor.getValue())) {
        throw FAMILY.tensorUnknown(
            "`" + tensor.getValue().name() + "` is in the weights but not in the model");
      }
    }
  }

  // Reads all weights, on all cores.
  private void refuseNotFinite() {
    if (!isKnownFinite) {
      matrices.entrySet().parallelStream()
          .filter(matrix -> !FiniteCheck.isFinite(matrix.getValue()))
          .map(Map.Entry::getKey)
          .min(Comparator.naturalOrder())
          .ifPresent(name -> {
            throw notFinite(name);
          });
    }
  }

  private static LorikeetException notFinite(String name) {
    return FAMILY.tensorNotFinite("`" + name + "` holds NaN or infinity");
  }

  private static DType dtype(TensorView view) {
    return view.dtype()
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
                "`%s` must be stored as F32, F16 or BF16. Given: %s"
                    .formatted(view.name(), view.storage())));
  }

  /** Tensors under the names that the model asks for. */
  static Map<String, TensorView> withoutPrefix(Map<String, TensorView> tensors, String prefix) {
    if (prefix.isEmpty()) {
      return tensors;
    }
    Map<String, TensorView> all = new HashMap<>();
    tensors.forEach((name, view) -> {
      String plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
      if (all.put(plain, view) != null) {
        throw FAMILY.tensorUnknown(
            "`%s` must be there with or without `%s`. Given: both".formatted(plain, prefix));
      }
    });
    return all;
  }

  // Old files carry rotary frequencies and causal masks, which follow from the config.
  private static boolean isBuffer(String name, TensorView view) {
    boolean mask = name.endsWith(".attn.bias") || name.endsWith(".attention.bias");
    return name.endsWith(".rotary_emb.inv_freq")
        || name.endsWith(".masked_bias")
        || (mask && view.shape().length == 4);
  }
}
