package io.lorikeet.gpu.forward;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.gpu.adapter.Joins;
import java.util.List;
import java.util.function.Predicate;

/**
 * What the kernels of a step are launched for: its own rows, or those of a bucket that holds it.
 */
final class StepShape {
  int rows;
  int outputs; // rows that give logits
  int hidden; // rows that give their hidden state
  int joins;
  int outputJoins;
  int choiceJoins;
  private List<AdapterImage> images = List.of();

  /** That of a step, and no more. */
  void set(StepRows of, Joins adapters) {
    rows = of.count;
    outputs = of.emittingCount;
    hidden = of.hiddenCount;
    images = adapters.images();
    joins = adapters.count();
    outputJoins = adapters.outputCount();
    choiceJoins = adapters.choiceCount();
  }

  /**
   * That of a bucket of rows that all give logits, each in at most one segment.
   *
   * @param like adapters that do as much as those of any step of the bucket
   */
  void set(int bucket, List<AdapterImage> like) {
    rows = bucket;
    outputs = bucket;
    hidden = 0;
    images = like;
    joins = like.isEmpty() ? 0 : bucket;
    outputJoins = joins;
    choiceJoins = 0;
  }

  /** Whether adapters act. */
  boolean adapted() {
    return !images.isEmpty();
  }

  /** Whether an adapter is of a kind. */
  boolean any(Predicate<AdapterImage> kind) {
    for (int i = 0; i < images.size(); i++) {
      if (kind.test(images.get(i))) {
        return true;
      }
    }
    return false;
  }
}
