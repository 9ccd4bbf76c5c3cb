package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns LoRA of one weight over all experts into a low-rank update per expert. A is {@code [experts
 * * rank, in]}, expert by expert; B is {@code [out, rank * experts]}, and its columns go through
 * the experts for each of the ranks. Which of the two weights a pair is of follows from its widths,
 * which always differ: gate_up_proj is {@code [2 * intermediate, hidden]}, gate rows first,
 * down_proj {@code [hidden, intermediate]}. Source: peft 0.21.2, ParamWrapper.
 */
final class FusedExpertsReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final Method.Lora method;
  private final AdaptedModules modules;
  private final ImageMemory memory;
  private final int count;
  private final int hidden;
  private final int width;
  private boolean changesAnything;

  FusedExpertsReader(
      Method.Lora method, AdaptedModules modules, DecoderSpec spec, ImageMemory memory) {
    this.method = method;
    this.modules = modules;
    this.memory = memory;
    count = spec.experts().orElseThrow().count();
    hidden = spec.hidden();
    width = spec.intermediate();
  }

  /** Whether a delta read so far has an effect. */
  boolean changesAnything() {
    return changesAnything;
  }

  /**
   * Reads a pair, where there is one.
   *
   * @param experts takes what it is for each expert
   * @throws LorikeetException ADAPTER_TENSOR_*, ADAPTER_RANK_MISMATCH, ADAPTER_TOO_LARGE,
   *     ADAPTER_TARGET_PARAMETERS_UNSUPPORTED
   */
  void read(Site.FusedExperts site, List<Map<Projection, Delta>> experts) {
    ModuleParts parts = modules.parts(site);
    if (parts.has(Part.A) || parts.has(Part.B)) {
      read(site, parts.require(Part.A), parts.require(Part.B), experts);
    }
    parts.refuseRest();
  }

  private void read(
      Site.FusedExperts site, TensorView a, TensorView b, List<Map<Projection, Delta>> experts) {
    boolean down = isDown(a, b);
    String key = modules.fused(site, down);
    if (!modules.isParameter(key)) {
      throw FAMILY.tensorUnknown(
          "`%s` has tensors, but `target_parameters` does not select it".formatted(key));
    }
    int in = down ? width : hidden;
    int out = down ? hidden : 2 * width;
    int rank = rank(key, a, b);
    double scale = method.ranks().scaleOf(key);
    Matrix allA = ModuleParts.matrix(a, count * rank, in);
    Matrix allB = ModuleParts.matrix(b, out, rank * count);
    for (int e = 0; e < count; e++) {
      Matrix ofA = memory.copy(rows(allA, e * rank, rank));
      Matrix ofB = columns(allB, e, rank);
      Map<Projection, Delta> expert = experts.get(e);
      if (down) {
        put(expert, Projection.DOWN, ofA, fold(key, ofB, scale), key);
      } else {
        put(expert, Projection.GATE, ofA, fold(key, rows(ofB, 0, width), scale), key);
        put(expert, Projection.UP, ofA, fold(key, rows(ofB, width, width), scale), key);
      }
    }
  }

  private boolean isDown(TensorView a, TensorView b) {
    if (a.shape().length != 2 || b.shape().length != 2) {
      throw shapes(a, b);
    }
    long in = a.shape()[1];
    long out = b.shape()[0];
    boolean down = in == width && out == hidden;
    boolean gateUp = in == hidden && out == 2L * width;
    boolean exchanged = (in == hidden && out == width) || (in == 2L * width && out == hidden);
    if (exchanged && (method.exchangedWidths() || (!down && !gateUp))) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TARGET_PARAMETERS_UNSUPPORTED,
          "`%s` must be saved by PEFT 0.19 or later: before, A had the outputs of fused experts, B their inputs. Given: %s and %s"
              .formatted(a.name(), a.shapeText(), b.shapeText()));
    }
    if (!down && !gateUp) {
      throw shapes(a, b);
    }
    return down;
  }

  private LorikeetException shapes(TensorView a, TensorView b) {
    return FAMILY.tensorShape(
        "`%s` and its B must have the widths %d and %d of gate_up_proj or %d and %d of down_proj. Given: %s and %s"
            .formatted(a.name(), hidden, 2L * width, width, hidden, a.shapeText(), b.shapeText()));
  }

  private int rank(String key, TensorView a, TensorView b) {
    long rows = a.shape()[0];
    if (rows % count != 0) {
      throw ModuleParts.shape(a, "[%d * rank, %d]".formatted(count, a.shape()[1]));
    }
    if (b.shape()[1] != rows) {
      throw ModuleParts.shape(b, "[%d, %d], for A has as many".formatted(b.shape()[0], rows));
    }
    return method.ranks().check(key, rows / count);
  }

  private Matrix fold(String key, Matrix b, double scale) {
    Matrix folded = memory.fold(key, b, scale);
    changesAnything |= !ImageMemory.isZero(folded);
    return folded;
  }

  private static void put(
      Map<Projection, Delta> expert, Projection projection, Matrix a, Matrix b, String key) {
    Delta delta = new Delta(Optional.of(new LowRank(a, b)), Optional.empty());
    if (expert.put(projection, delta) != null) {
      throw FAMILY.tensorUnknown("`%s` must be adapted once. Given: twice".formatted(key));
    }
  }

  private static Matrix rows(Matrix matrix, int first, int rows) {
    long rowBytes = (long) matrix.cols() * matrix.dtype().bytes();
    MemorySegment data = matrix.data().asSlice(first * rowBytes, rows * rowBytes);
    return new Matrix(data, matrix.dtype(), rows, matrix.cols());
  }

  /** An expert's columns of B. */
  private Matrix columns(Matrix all, int expert, int rank) {
    int size = all.dtype().bytes();
    MemorySegment data =
        MemorySegment.ofArray(new byte[Math.multiplyExact(all.rows(), rank * size)]);
    for (int o = 0; o < all.rows(); o++) {
      for (int r = 0; r < rank; r++) {
        long from = (long) o * all.cols() + (long) r * count + expert;
        MemorySegment.copy(all.data(), from * size, data, ((long) o * rank + r) * size, size);
      }
    }
    return new Matrix(data, all.dtype(), all.rows(), rank);
  }
}
