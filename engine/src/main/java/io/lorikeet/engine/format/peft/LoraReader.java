package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.format.peft.AdapterTensors.Site;
import io.lorikeet.engine.model.FiniteCheck;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the tensors of a LoRA, rsLoRA or DoRA adapter into canonical deltas. */
final class LoraReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final LoraConfig config;
  private final Map<String, TensorView> all;
  private final AdapterTensors tensors;
  private final LoadedModel model;
  private final ImageMemory memory = new ImageMemory();
  private boolean changesAnything;

  LoraReader(LoraConfig config, Map<String, TensorView> all, LoadedModel model) {
    this.config = config;
    this.all = all;
    this.tensors = new AdapterTensors(all, model.spec());
    this.model = model;
  }

  AdapterImage read(GenerationId generation) {
    refuseSavedModules();
    tensors.refuseKnownRest();
    if (tensors.sites().stream().noneMatch(this::isSelected)) {
      throw noEffect("`target_modules` must select a linear layer of the base; it selects none");
    }
    tensors.refuseRest();
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int i = 0; i < model.spec().layers(); i++) {
      layers.add(new EnumMap<>(Projection.class));
    }
    tensors
        .parts()
        .forEach(
            (site, parts) -> layers.get(site.layer()).put(site.projection(), delta(site, parts)));
    if (!changesAnything) {
      throw noEffect("the adapter changes nothing: every B is zero");
    }
    return new AdapterImage(generation, layers, memory.bytes());
  }

  private void refuseSavedModules() {
    for (String module : config.modulesToSave()) {
      if (all.keySet().stream().noneMatch(name -> name.endsWith(module + ".weight"))) {
        throw FAMILY.tensorMissing(
            "`modules_to_save` names `%s`, whose weight is not in the file".formatted(module));
      }
    }
    if (!config.modulesToSave().isEmpty()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_MODULES_TO_SAVE_UNSUPPORTED,
          "adapter_config.json: `modules_to_save` must be empty. Given: " + config.modulesToSave());
    }
  }

  private boolean isSelected(Site site) {
    return config.targets().selects(tensors.key(site));
  }

  private Delta delta(Site site, Map<Part, TensorView> parts) {
    String key = tensors.key(site);
    if (!isSelected(site)) {
      throw FAMILY.tensorUnknown(
          "`%s` has tensors, but the configuration does not select it".formatted(key));
    }
    LowRank lowRank = lowRank(site, key, parts);
    boolean changesRows = !ImageMemory.isZero(lowRank.b());
    Optional<float[]> rowScale = Optional.empty();
    if (config.dora()) {
      Matrix magnitude = magnitude(site, key, parts);
      Matrix base = model.weights().projection(site.layer(), site.projection());
      float[] scale = DoraScale.of(key, base, lowRank, magnitude);
      changesRows |= DoraScale.changes(scale, base.dtype(), magnitude.dtype());
      rowScale = Optional.of(memory.count(scale));
    } else if (parts.containsKey(Part.MAGNITUDE)) {
      throw FAMILY.tensorUnknown("`%s` has a magnitude, but `use_dora` is not true".formatted(key));
    }
    changesAnything |= changesRows;
    return new Delta(Optional.of(lowRank), rowScale);
  }

  private LowRank lowRank(Site site, String key, Map<Part, TensorView> parts) {
    TensorView a = part(key, parts, Part.A);
    TensorView b = part(key, parts, Part.B);
    int in = model.spec().inputs(site.projection());
    int out = model.spec().outputs(site.projection());
    if (a.shape().length != 2 || a.shape()[1] != in) {
      throw shape(a, "[rank, " + in + "]");
    }
    if (b.shape().length != 2 || b.shape()[0] != out) {
      throw shape(b, "[" + out + ", rank]");
    }
    if (a.shape()[0] != b.shape()[1]) {
      throw shape(b, "[" + out + ", " + a.shape()[0] + "], for that is the rank of A");
    }
    int rank = config.rankOf(key);
    if (a.shape()[0] != rank) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_RANK_MISMATCH,
          "`%s` must have the rank %d that the configuration says. Given: %d"
              .formatted(key, rank, a.shape()[0]));
    }
    return new LowRank(
        memory.copy(matrix(a, rank, in)),
        memory.fold(key, matrix(b, out, rank), config.scaleOf(key)));
  }

  private Matrix magnitude(Site site, String key, Map<Part, TensorView> parts) {
    TensorView view = part(key, parts, Part.MAGNITUDE);
    int out = model.spec().outputs(site.projection());
    if (!view.hasShape(out)) {
      throw shape(view, "[" + out + "]");
    }
    return matrix(view, 1, out);
  }

  private static TensorView part(String key, Map<Part, TensorView> parts, Part part) {
    TensorView view = parts.get(part);
    if (view == null) {
      throw FAMILY.tensorMissing("`%s` has no `%s`".formatted(key, part.infix()));
    }
    return view;
  }

  private static Matrix matrix(TensorView view, int rows, int cols) {
    DType dtype =
        view.dtype()
            .orElseThrow(() ->
                FAMILY.corrupt(
                    "`%s` must be stored as F32, F16 or BF16. Given: %s"
                        .formatted(view.name(), view.storage())));
    Matrix matrix = new Matrix(view.data(), dtype, rows, cols);
    if (!FiniteCheck.isFinite(matrix)) {
      throw FAMILY.tensorNotFinite("`" + view.name() + "` holds NaN or infinity");
    }
    return matrix;
  }

  private static LorikeetException shape(TensorView view, String wanted) {
    return FAMILY.tensorShape(
        "`" + view.name() + "` must have the shape " + wanted + ". Given: " + view.shapeText());
  }

  private static LorikeetException noEffect(String message) {
    return new LorikeetException(ErrorCode.ADAPTER_HAS_NO_EFFECT, message);
  }
}
