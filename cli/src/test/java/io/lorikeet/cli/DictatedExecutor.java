package io.lorikeet.cli;

import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.engine.text.Detokenizer;
import io.lorikeet.engine.text.TextModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets a prompt dictate its answer: the text between the last {@code «} of the prompt and the
 * {@code »} behind it, and then the end token. All else, and the answers to other prompts, are the
 * inner executor's, which must be of depth 1. Each step takes a while, so that a long answer can be
 * stopped on its way.
 */
final class DictatedExecutor implements Executor {
  private static final String BEGIN = "«";
  private static final String END = "»";

  private final Executor inner;
  private final TextModel text;
  private final int endToken;
  private final long stepNanos;
  private final int[][] tokens; // [seats][positions]
  private final Map<Integer, Optional<int[]>> answers = new HashMap<>(); // by seat, once read
  private Step running = new Step(0, 0, 0);

  DictatedExecutor(Executor inner, TextModel text, int endToken, long stepNanos) {
    this.inner = inner;
    this.text = text;
    this.endToken = endToken;
    this.stepNanos = stepNanos;
    tokens = new int[inner.info().seats()][inner.info().contextMax()];
  }

  @Override
  public ExecutorInfo info() {
    return inner.info();
  }

  @Override
  public Transfers transfers() {
    return inner.transfers();
  }

  @Override
  public void bind(Binding binding) {
    if (binding instanceof Binding.BindSeat bound) {
      answers.remove(bound.seat());
    }
    inner.bind(binding);
  }

  @Override
  public void submit(Step step) {
    for (int row = 0; row < step.rows; row++) {
      if (step.token[row] != Step.LAST_TOKEN) {
        tokens[step.seat[step.sequence[row]]][step.position[row]] = step.token[row];
      }
    }
    running = step;
    inner.submit(step);
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    inner.sample(stepId, inputs);
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    LockSupport.parkNanos(stepNanos);
    TakeResult result = inner.take(timeoutNanos);
    if (!(result instanceof TakeResult.Done done)) {
      return result;
    }
    List<RowOutput> outputs = new ArrayList<>();
    for (RowOutput output : done.outputs()) {
      outputs.add(output instanceof Sampled sampled ? dictated(sampled) : output);
    }
    return new TakeResult.Done(done.stepId(), outputs, done.elapsedNanos());
  }

  private Sampled dictated(Sampled sampled) {
    int sequence = running.sequence[sampled.row()];
    int prompt = running.promptLength[sequence];
    int place = running.position[sampled.row()] + 1 - prompt;
    return answers
        .computeIfAbsent(running.seat[sequence], seat -> answer(tokens[seat], prompt))
        .map(answer -> withToken(sampled, answer[Math.min(place, answer.length - 1)]))
        .orElse(sampled);
  }

  private static Sampled withToken(Sampled sampled, int token) {
    return new Sampled(
        sampled.row(),
        token,
        sampled.logprob(),
        sampled.topIds(),
        sampled.topLogprobs(),
        sampled.logits());
  }

  /** What a prompt dictates, with the end token behind it. */
  private Optional<int[]> answer(int[] ids, int promptLength) {
    Detokenizer detokenizer = text.detokenizers().create(new int[0], false);
    StringBuilder prompt = new StringBuilder();
    for (int position = 0; position < promptLength; position++) {
      prompt.append(detokenizer.push(ids[position]));
    }
    int begin = prompt.lastIndexOf(BEGIN);
    int end = prompt.indexOf(END, begin + 1);
    if (begin < 0 || end < 0) {
      return Optional.empty();
    }
    int[] answer = text.tokenizer().encode(prompt.substring(begin + 1, end), false);
    int[] ended = Arrays.copyOf(answer, answer.length + 1);
    ended[answer.length] = endToken;
    return Optional.of(ended);
  }

  @Override
  public void close() {
    inner.close();
  }
}
