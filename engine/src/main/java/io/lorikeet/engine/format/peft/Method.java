package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.Map;

/** What a PEFT method's configuration says of the tensors of an adapted module. */
sealed interface Method {
  /**
   * LoRA, rsLoRA, DoRA, aLoRA and BD-LoRA.
   *
   * @param dora rows are normalised and scaled by a magnitude
   * @param loraBias B has a bias, which is scaled like the update
   * @param blocks which matrices are stored as the blocks of their diagonal
   * @param parameters weights that are adapted by their own names
   * @param exchangedWidths A of fused experts has their outputs, B their inputs
   */
  record Lora(
      RankRule ranks,
      boolean dora,
      boolean loraBias,
      BlockRule blocks,
      TargetRule.Names parameters,
      boolean exchangedWidths)
      implements Method {}

  /**
   * AdaLoRA: LoRA with trained singular values.
   *
   * @param rank before training took some away
   * @param masks which of them are left, by the module's path; where a module has none, all are
   */
  record AdaLora(int rank, double alpha, Map<String, List<Boolean>> masks) implements Method {
    /** The rank that is left of a module's. */
    int rankOf(String key) {
      List<Boolean> mask = masks.get(key);
      return mask == null ? rank : (int) mask.stream().filter(kept -> kept).count();
    }

    /** The factor on {@code B E A x}; the divisor is the rank before training. */
    double scaleOf(String key, double rankNumber) {
      return (alpha > 0 ? alpha : rankOf(key)) / (rankNumber + 1e-5);
    }
  }

  /**
   * (IA)3: vectors that scale outputs.
   *
   * @param feedForward modules whose inputs are scaled instead
   */
  record Ia3(FeedForward feedForward) implements Method {
    /** Whether a module's inputs are scaled. */
    interface FeedForward {
      boolean contains(String key);
    }
  }

  /** VeRA: vectors that scale two random matrices, which all modules share. */
  record Vera(int rank) implements Method {}

  /** LoHa: the elementwise product of two low-rank products. */
  record Loha(RankRule ranks) implements Method {}

  /** LoKr: the Kronecker product of two matrices, each perhaps a low-rank product. */
  record Lokr(RankRule ranks) implements Method {}

  /** LN tuning: norms of its own. */
  record NormTuning() implements Method {}

  /**
   * Rows of vocabulary matrices of its own.
   *
   * @param ids tokens, each once, in the order of the rows
   */
  record TokenTuning(List<Integer> ids) implements Method {}
}
