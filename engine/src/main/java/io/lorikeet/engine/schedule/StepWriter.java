package io.lorikeet.engine.schedule;

import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Step;
import java.util.List;

/**
 * Writes planned sequences into a step: by slot, then by age, so that each adapter's weights are
 * read once. The base model's rows come first and join no segment, nor do rows before the place
 * where an adapter is invoked.
 */
final class StepWriter {
  private final int blockTokens;

  StepWriter(int blockTokens) {
    this.blockTokens = blockTokens;
  }

  void write(Flight flight, List<Sequence> picked) {
    sort(picked);
    for (int i = 0; i < picked.size(); i++) {
      write(flight, picked.get(i));
    }
  }

  /** Insertion sort: picks come nearly sorted, and it is stable and allocates nothing. */
  private static void sort(List<Sequence> picked) {
    for (int i = 1; i < picked.size(); i++) {
      Sequence sequence = picked.get(i);
      int at = i;
      while (at > 0 && before(sequence, picked.get(at - 1))) {
        picked.set(at, picked.get(at - 1));
        at--;
      }
      picked.set(at, sequence);
    }
  }

  private static boolean before(Sequence a, Sequence b) {
    return a.slot < b.slot || (a.slot == b.slot && a.serial < b.serial);
  }

  private void write(Flight flight, Sequence sequence) {
    Step step = flight.step;
    int index = step.sequences++;
    int end = sequence.next + sequence.planned;
    flight.sequences[index] = sequence;
    flight.first[index] = sequence.next;
    step.seat[index] = sequence.seat;
    step.promptLength[index] = sequence.promptTokens();
    int blocks = (end + blockTokens - 1) / blockTokens;
    step.blockBegin[index + 1] =
        sequence.blocks().copyTo(step.blocks, step.blockBegin[index], blocks);
    if (end > sequence.adaptedFrom) {
      openSegment(step, sequence.slot);
    }
    for (int position = sequence.next; position < end; position++) {
      writeRow(flight, sequence, index, position);
    }
  }

  private static void writeRow(Flight flight, Sequence sequence, int index, int position) {
    Step step = flight.step;
    int row = step.rows++;
    step.token[row] = sequence.token(position);
    step.position[row] = position;
    step.sequence[row] = index;
    step.emit[row] = emit(sequence, position);
    flight.drawing += step.emit[row] == Emit.NONE ? 0 : 1;
    if (sequence.slot >= 0 && position >= sequence.adaptedFrom) {
      int join = step.segmentBegin[step.segments]++;
      step.segmentRow[join] = row;
      step.segmentWeight[join] = 1f;
    }
  }

  private static Emit emit(Sequence sequence, int position) {
    if (!sequence.draws(position)) {
      return Emit.NONE;
    }
    return sequence.request.emitLogits() ? Emit.LOGITS : Emit.SAMPLE;
  }

  private static void openSegment(Step step, int slot) {
    if (slot >= 0 && (step.segments == 0 || step.slot[step.segments - 1] != slot)) {
      step.slot[step.segments++] = slot;
      step.segmentBegin[step.segments] = step.segmentBegin[step.segments - 1];
    }
  }
}
