package io.lorikeet.cli.inspect;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import java.util.ArrayList;
import java.util.List;

/** Reads one sequence through an executor, some tokens at a time, and takes all logits. */
final class LogitReader {
  private static final long WAIT_NANOS = 1_000_000_000L;

  private final Executor executor;
  private final Step step;
  private int[] ids = {};
  private long stepId;

  LogitReader(Executor executor) {
    this.executor = executor;
    step = new Step(executor.info().rowsMax(), executor.info().kvBlocks(), 1);
  }

  /** Begins a sequence; the one before ends. */
  void begin(int[] tokens) {
    executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
    ids = tokens;
  }

  /**
   * The logits after each token of {@code [from, to)}, at most as many as a step has rows; those
   * before were read.
   *
   * @throws LorikeetException ROW_FAILED, EXECUTOR_LOST
   */
  List<float[]> read(int from, int to) {
    step.clear(++stepId);
    step.rows = to - from;
    step.sequences = 1;
    step.seat[0] = 0;
    step.promptLength[0] = ids.length;
    step.blockBegin[1] = Math.ceilDiv(to, executor.info().blockTokens());
    for (int block = 0; block < step.blockBegin[1]; block++) {
      step.blocks[block] = block;
    }
    for (int row = 0; row < step.rows; row++) {
      step.token[row] = ids[from + row];
      step.position[row] = from + row;
      step.sequence[row] = 0;
      step.emit[row] = Emit.LOGITS;
    }
    executor.submit(step);
    executor.sample(stepId, LateInputs.NONE);
    return logits(take());
  }

  private TakeResult take() {
    TakeResult result = executor.take(WAIT_NANOS);
    while (result instanceof TakeResult.Pending) {
      result = executor.take(WAIT_NANOS);
    }
    return result;
  }

  private static List<float[]> logits(TakeResult result) {
    return switch (result) {
      case TakeResult.Done done -> {
        List<float[]> all = new ArrayList<>();
        done.outputs().forEach(output -> all.add(logits(output)));
        yield all;
      }
      case TakeResult.StepFailed(_, String reason) ->
          throw new LorikeetException(ErrorCode.ROW_FAILED, reason);
      case TakeResult.Lost(String reason) ->
          throw new LorikeetException(ErrorCode.EXECUTOR_LOST, reason);
      case TakeResult.Pending _ -> throw new IllegalStateException("nothing was waited for");
    };
  }

  private static float[] logits(TakeResult.RowOutput output) {
    return switch (output) {
      case TakeResult.Sampled sampled -> sampled.logits();
      case TakeResult.RowFailed(_, String reason) ->
          throw new LorikeetException(ErrorCode.ROW_FAILED, reason);
      case TakeResult.Scored _, TakeResult.Hidden _ ->
          throw new IllegalStateException("logits were asked for. Given: " + output);
    };
  }
}
