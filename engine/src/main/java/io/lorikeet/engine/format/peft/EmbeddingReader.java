package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/** The parts that embeddings of tokens and of learned positions have in common. */
final class EmbeddingReader {
  private final AdapterConfig config;
  private final DecoderSpec spec;
  private final ImageMemory memory;
  private boolean changesAnything;

  EmbeddingReader(AdapterConfig config, DecoderSpec spec, ImageMemory memory) {
    this.config = config;
    this.spec = spec;
    this.memory = memory;
  }

  /** Whether something read so far has an effect. */
  boolean changesAnything() {
    return changesAnything;
  }

  /** The memory of the image. */
  ImageMemory memory() {
    return memory;
  }

  /** Something of the embedding takes effect that was read elsewhere. */
  void change() {
    changesAnything = true;
  }

  /**
   * Reads an embedding that shares nothing with another module.
   *
   * @param selected the configuration selects the module
   * @param base {@code [tokens, hidden]}
   */
  EmbeddingDelta read(ModuleParts parts, boolean selected, Matrix base) {
    Optional<Matrix> saved =
        config.saves(parts.key())
            ? parts.take(Part.WEIGHT).map(view -> matrix(view, base))
            : Optional.empty();
    Optional<EmbeddingDelta.Update> update = update(parts, selected, base.rows());
    parts.refuseRest();
    return new EmbeddingDelta(changed(saved, base), Optional.empty(), update);
  }

  private static Matrix matrix(TensorView view, Matrix base) {
    if (!view.hasShape(base.rows(), base.cols())) {
      throw ModuleParts.shape(view, "[" + base.rows() + ", " + base.cols() + "]");
    }
    return ModuleParts.matrix(view, base.rows(), base.cols());
  }

  /** A copy of a matrix that is not the base's. */
  Optional<Matrix> changed(Optional<Matrix> matrix, Matrix base) {
    if (matrix.isEmpty() || ImageMemory.isEqual(matrix.get(), base)) {
      return Optional.empty();
    }
    changesAnything = true;
    return matrix.map(memory::copy);
  }

  /**
   * The low-rank update of an embedding.
   *
   * @param tokens of the embedding
   */
  Optional<EmbeddingDelta.Update> update(ModuleParts parts, boolean selected, int tokens) {
    if (!parts.has(Part.EMBEDDING_A) && !parts.has(Part.EMBEDDING_B)) {
      return Optional.empty();
    }
    String key = parts.key();
    if (!selected) {
      throw FileFamily.ADAPTER.tensorUnknown(
          "`%s` has tensors, but the configuration does not select it".formatted(key));
    }
    if (!(config.method() instanceof Method.Lora lora)
        || lora.dora()
        || lora.loraBias()
        || !lora.blocks().isNone()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "`%s` must be plain LoRA: `use_dora`, `use_bdlora` and `lora_bias` are not supported on embeddings"
              .formatted(key));
    }
    TensorView a = parts.require(Part.EMBEDDING_A);
    TensorView b = parts.require(Part.EMBEDDING_B);
    if (a.shape().length != 2 || a.shape()[1] != tokens) {
      throw ModuleParts.shape(a, "[rank, " + tokens + "]");
    }
    int rank = lora.ranks().check(key, a.shape()[0]);
    if (!b.hasShape(spec.hidden(), rank)) {
      throw ModuleParts.shape(b, "[" + spec.hidden() + ", " + rank + "]");
    }
    Matrix folded =
        memory.fold(key, ModuleParts.matrix(b, spec.hidden(), rank), lora.ranks().scaleOf(key));
    changesAnything |= !ImageMemory.isZero(folded);
    return Optional.of(
        new EmbeddingDelta.Update(memory.transpose(ModuleParts.matrix(a, rank, tokens)), folded));
  }
}
