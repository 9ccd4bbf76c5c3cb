package io.lorikeet.engine.schedule;

import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Step;
import java.util.Arrays;
import java.util.List;

/**
 * Writes planned sequences into a step: by slot, then by age, so that rows of one adapter lie
 * together. The base model's rows come first and join no segment, nor do rows before the place
 * where an adapter is invoked; a row of a sum joins one segment per adapter.
 */
final class StepWriter {
  private final int blockTokens;
  private final SlotTable slots;
  private final int[] joins; // [slots] of the step; then where the next one goes

  StepWriter(int blockTokens, SlotTable slots) {
    this.blockTokens = blockTokens;
    this.slots = slots;
    joins = new int[slots.total()];
  }

  void write(Flight flight, List<Sequence> picked) {
    sort(picked);
    for (int i = 0; i < picked.size(); i++) {
      write(flight, picked.get(i));
    }
    if (countJoins(flight)) {
      openSegments(flight.step);
      fillSegments(flight);
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
    int slot = firstSlot(a);
    int other = firstSlot(b);
    return slot < other || (slot == other && a.serial < b.serial);
  }

  private static int firstSlot(Sequence sequence) {
    return sequence.slots.length == 0 ? Sequence.NOWHERE : sequence.slots[0];
  }

  private void write(Flight flight, Sequence sequence) {
    Step step = flight.step;
    int index = step.sequences++;
    int end = sequence.next + sequence.planned;
    flight.sequences[index] = sequence;
    flight.first[index] = sequence.next;
    flight.end[index] = end;
    step.seat[index] = sequence.seat;
    step.promptLength[index] = sequence.promptTokens();
    int blocks = (end + blockTokens - 1) / blockTokens;
    step.blockBegin[index + 1] =
        sequence.blocks().copyTo(step.blocks, step.blockBegin[index], blocks);
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
    if (sequence.draws(position)) {
      step.emit[row] = sequence.request.emitLogits() ? Emit.LOGITS : Emit.SAMPLE;
      flight.drawing++;
    } else if (sequence.scores(position)) {
      step.emit[row] = Emit.SCORE;
      step.target[row] = sequence.token(position + 1);
      step.top[row] = sequence.request.promptLogprobs();
      flight.scoring++;
    } else if (sequence.pool.lacks(position)) {
      step.emit[row] = Emit.HIDDEN;
      flight.pooling++;
    } else {
      step.emit[row] = Emit.NONE;
    }
  }

  /** Counts the rows that each slot applies to; false when it is none at all. */
  private boolean countJoins(Flight flight) {
    Step step = flight.step;
    Arrays.fill(joins, 0);
    boolean any = false;
    for (int row = 0; row < step.rows; row++) {
      Sequence sequence = flight.sequence(step.sequence[row]);
      if (step.position[row] >= sequence.adaptedFrom) {
        for (int slot : sequence.slots) {
          joins[slot]++;
          any = true;
        }
      }
    }
    return any;
  }

  private void openSegments(Step step) {
    List<Slot> residents = slots.residents();
    int begin = 0;
    for (int i = 0; i < residents.size(); i++) {
      int slot = residents.get(i).number;
      int count = joins[slot];
      if (count > 0) {
        joins[slot] = begin;
        begin += count;
        step.slot[step.segments++] = slot;
        step.segmentBegin[step.segments] = begin;
      }
    }
  }

  private void fillSegments(Flight flight) {
    Step step = flight.step;
    for (int row = 0; row < step.rows; row++) {
      Sequence sequence = flight.sequence(step.sequence[row]);
      if (step.position[row] >= sequence.adaptedFrom) {
        for (int part = 0; part < sequence.slots.length; part++) {
          int join = joins[sequence.slots[part]]++;
          step.segmentRow[join] = row;
          step.segmentWeight[join] = sequence.composition().parts().get(part).weight();
        }
      }
    }
  }
}
