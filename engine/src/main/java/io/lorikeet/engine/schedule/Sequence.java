package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.kv.BlockTable;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Step;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sequence on its way: its tokens, how far they were computed, and what it holds on the device.
 *
 * <p>{@code known} tokens have been seen by the host, {@code drawing} more are drawn by steps in
 * flight, and positions below {@code next} are in the KV blocks once all steps in flight are done.
 * The row at position {@code known + drawing - 1} draws the next token; rows before it are prefill.
 * A sequence that generates nothing is all prefill.
 */
final class Sequence {
  enum Phase {
    WAITING,
    RUNNING,
    PREEMPTED,
    ENDED
  }

  static final int NOWHERE = -1;
  static final long NEVER = Long.MIN_VALUE;

  final SequenceRequest request;
  final long serial; // order of submission
  final long submittedNanos;
  final Flow flow;
  Phase phase = Phase.WAITING;

  private int[] tokens;
  int known;
  int drawing;
  int scored; // rows whose scores were delivered
  final Pool pool;
  int next;
  int credit; // tokens in flight are not taken off yet
  long starvedSince; // since when credit is 0
  int resumed;

  int seat = NOWHERE;
  final int[] slots; // [parts of the composition]
  int adaptedFrom; // rows before this position are the base model's
  long lastStep; // the last submitted step with a row of it
  int planned; // rows of the step that is being planned
  int suspect; // group of FaultIsolation; 0: none
  long misfitSince = NEVER; // its turn came but there was no room
  long visited; // last scan of the queue that looked at it
  private @Nullable BlockTable blocks;

  Sequence(SequenceRequest request, long serial, long nowNanos, Flow flow) {
    this.request = request;
    this.serial = serial;
    this.flow = flow;
    submittedNanos = nowNanos;
    starvedSince = nowNanos;
    tokens = request.promptIds();
    known = tokens.length;
    credit = request.credit();
    pool = new Pool(request.pooling(), known);
    slots = new int[request.composition().parts().size()];
    Arrays.fill(slots, NOWHERE);
  }

  long id() {
    return request.id();
  }

  Composition composition() {
    return request.composition();
  }

  int promptTokens() {
    return request.promptIds().length;
  }

  int delivered() {
    return known - promptTokens();
  }

  /** As {@link SequenceRequest#positionsMax}. */
  int positionsMax() {
    return request.positionsMax();
  }

  /** Whether one more row may draw: there is credit for it and it is not the end. */
  boolean mayDraw() {
    return credit > drawing && delivered() + drawing < request.maxNewTokens();
  }

  /** Rows that the next step may hold. */
  int rowsReady() {
    return known + drawing - next - (mayDraw() || !request.generates() ? 0 : 1);
  }

  /** Whether only the row that draws is left. */
  boolean decodes() {
    return known + drawing - next == 1;
  }

  boolean draws(int position) {
    return request.generates() && position == known + drawing - 1;
  }

  /** Whether the row finds out how likely the prompt's next token is, which nobody knows yet. */
  boolean scores(int position) {
    return request.promptLogprobs() >= 0 && position >= scored && position < promptTokens() - 1;
  }

  int token(int position) {
    return position < known ? tokens[position] : Step.LAST_TOKEN;
  }

  /** What a seat must know of it. Those of its tokens that are known never change. */
  Binding.Tokens seatTokens() {
    int most = promptTokens() + request.maxNewTokens();
    return new Binding.Tokens(tokens, known, promptTokens(), most);
  }

  /** Rows were submitted, starting at {@code next}. */
  void submitted(int rows, long step) {
    boolean draws = draws(next + rows - 1);
    next += rows;
    drawing += draws ? 1 : 0;
    lastStep = step;
  }

  /** Undoes what steps in flight would have done: they are discarded. */
  void rewind(int position) {
    next = Math.min(next, position);
    drawing = 0;
  }

  void deliver(int token, long nowNanos) {
    if (known == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(16, known + known / 2));
    }
    tokens[known++] = token;
    drawing--;
    credit--;
    if (credit == 0) {
      starvedSince = nowNanos;
    }
  }

  boolean stopsAt(int token) {
    for (int stop : request.stopTokenIds()) {
      if (stop == token) {
        return true;
      }
    }
    return false;
  }

  BlockTable blocks() {
    return Objects.requireNonNull(blocks, "it does not run");
  }

  void hold(BlockTable table) {
    blocks = table;
  }

  Usage usage() {
    return new Usage(promptTokens(), delivered(), resumed);
  }
}
