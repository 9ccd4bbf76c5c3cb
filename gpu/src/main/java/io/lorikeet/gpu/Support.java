package io.lorikeet.gpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.gpu.forward.ForwardPass;
import java.util.Locale;

/** How far kernels reach, and what none exists for: refused at start, by name. */
final class Support {
  private static final int GRID_MAX = 65_535;

  // More adapters of one row than anybody asks for.
  private static final int ROW_JOINS_MAX = 16;

  private Support() {}

  /**
   * Checks a model and the settings that change what is computed.
   *
   * @throws LorikeetException MODEL_FIELD_UNSUPPORTED or MODEL_QUANTIZATION_UNSUPPORTED
   */
  static void check(DecoderSpec spec, EngineSettings settings) {
    if (spec.headDim() > ForwardPass.HEAD_DIM_MAX) {
      throw refused(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          "heads must be <= %d wide. Given: %d"
              .formatted(ForwardPass.HEAD_DIM_MAX, spec.headDim()));
    }
    if (settings.rowsMax() > rowsMax(spec)) {
      throw refused(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          "`engine.rows-max` must be <= %d for this model. Given: %d"
              .formatted(rowsMax(spec), settings.rowsMax()));
    }
    if (settings.numerics() == Numerics.BF16 || settings.numerics() == Numerics.INT8) {
      throw refused(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "`engine.numerics` must be auto or exact. Given: "
              + settings.numerics().name().toLowerCase(Locale.ROOT));
    }
  }

  // Kernels count elements in 32 bits, and blocks of choices in 16.
  private static int rowsMax(DecoderSpec spec) {
    int widest = Math.max(spec.vocab(), spec.hidden());
    for (Projection projection : spec.projections()) {
      widest = Math.max(widest, spec.outputs(projection));
    }
    return Math.min(Integer.MAX_VALUE / widest, GRID_MAX / perRow(spec));
  }

  /** Rows of all segments of one step, of which each goes to its experts. */
  static int joinsMax(DecoderSpec spec, EngineSettings settings) {
    int joins = settings.rowsMax() * Math.min(settings.slots(), ROW_JOINS_MAX);
    return Math.min(joins, GRID_MAX / perRow(spec));
  }

  private static int perRow(DecoderSpec spec) {
    return spec.experts().map(Experts::perToken).orElse(1);
  }

  private static LorikeetException refused(ErrorCode code, String message) {
    return new LorikeetException(code, "on the device cuda " + message);
  }
}
