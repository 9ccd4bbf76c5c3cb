package io.lorikeet.engine.schedule;

import io.lorikeet.engine.spi.Step;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A step and whose rows it holds. Allocated once and refilled. */
final class Flight {
  final Step step;
  final @Nullable Sequence[] sequences; // [step.sequences]
  final int[] first; // [step.sequences] position of the first row
  final int[] end; // [step.sequences] position behind the last row
  int drawing; // rows that draw
  int scoring; // rows that score
  int pooling; // rows that give their hidden state

  Flight(int rowsMax, int blocks, int joinsMax) {
    step = new Step(rowsMax, blocks, joinsMax);
    sequences = new Sequence[rowsMax];
    first = new int[rowsMax];
    end = new int[rowsMax];
  }

  int count() {
    return step.sequences;
  }

  Sequence sequence(int index) {
    Sequence sequence = sequences[index];
    if (sequence == null) {
      throw new IllegalStateException("step " + step.id + " has no sequence " + index);
    }
    return sequence;
  }

  void clear(long id) {
    Arrays.fill(sequences, 0, step.sequences, null);
    step.clear(id);
    drawing = 0;
    scoring = 0;
    pooling = 0;
  }
}
