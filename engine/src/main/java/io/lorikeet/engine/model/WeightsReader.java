package io.lorikeet.engine.model;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Picks the weights of a spec out of a folder's tensors: every one checked, none left over. */
final class WeightsReader {
  private static final FileFamily FAMILY = FileFamily.MODEL;

  private final Map<String, TensorView> tensors;
  private final DecoderSpec spec;
  private final TensorNames names;
  private final Set<String> used = new HashSet<>();

  WeightsReader(Map<String, TensorView> tensors, DecoderSpec spec, TensorNames names) {
    this.tensors = tensors;
    this.spec = spec;
    this.names = names;
  }

  MappedWeights read() {
    Matrix embedding = matrix(names.embedding(), spec.vocab(), spec.hidden());
    Matrix head = head(embedding);
    float[] finalNorm = vector(names.finalNorm(), spec.hidden());
    List<MappedWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < spec.layers(); i++) {
      layers.add(layer(i));
    }
    for (String name : tensors.keySet()) {
      if (!used.contains(name) && !isBuffer(name)) {
        throw FAMILY.tensorUnknown("`" + name + "` is in the weights but not in the model");
      }
    }
    return new MappedWeights(embedding, head, finalNorm, List.copyOf(layers));
  }

  private MappedWeights.Layer layer(int index) {
    Map<Projection, Matrix> projections = new EnumMap<>(Projection.class);
    Map<Projection, float[]> biases = new EnumMap<>(Projection.class);
    for (Projection p : Projection.values()) {
      projections.put(p, matrix(names.weight(index, p), spec.outputs(p), spec.inputs(p)));
      if (names.biased().contains(p)) {
        biases.put(p, vector(names.bias(index, p), spec.outputs(p)));
      }
    }
    return new MappedWeights.Layer(
        vector(names.attentionNorm(index), spec.hidden()),
        vector(names.mlpNorm(index), spec.hidden()),
        projections,
        biases);
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

  private Matrix matrix(String name, int rows, int cols) {
    TensorView view = find(name);
    if (!view.hasShape(rows, cols)) {
      throw shape(view, "[" + rows + ", " + cols + "]");
    }
    return finite(name, new Matrix(view.data(), dtype(view), rows, cols));
  }

  private float[] vector(String name, int width) {
    TensorView view = find(name);
    if (!view.hasShape(width)) {
      throw shape(view, "[" + width + "]");
    }
    Matrix row = finite(name, new Matrix(view.data(), dtype(view), 1, width));
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = Widen.element(row.dtype(), row.data(), i);
    }
    return values;
  }

  private TensorView find(String name) {
    TensorView view = tensors.get(name);
    if (view == null) {
      throw FAMILY.tensorMissing("`" + name + "` is not in the weights");
    }
    used.add(name);
    return view;
  }

  private static Matrix finite(String name, Matrix matrix) {
    if (!FiniteCheck.isFinite(matrix)) {
      throw FAMILY.tensorNotFinite("`" + name + "` holds NaN or infinity");
    }
    return matrix;
  }

  private static DType dtype(TensorView view) {
    return view.dtype()
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
                "`%s` must be stored as F32, F16 or BF16. Given: %s"
                    .formatted(view.name(), view.storage())));
  }

  private static LorikeetException shape(TensorView view, String wanted) {
    return FAMILY.tensorShape(
        "`" + view.name() + "` must have the shape " + wanted + ". Given: " + view.shapeText());
  }

  // Old files carry the rotary frequencies, which follow from the config.
  private static boolean isBuffer(String name) {
    return name.endsWith(".rotary_emb.inv_freq");
  }
}
