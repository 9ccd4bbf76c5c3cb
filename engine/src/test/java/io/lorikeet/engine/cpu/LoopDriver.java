package io.lorikeet.engine.cpu;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.LoopEvents;
import io.lorikeet.engine.schedule.StepLoop;
import io.lorikeet.engine.schedule.StepReport;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.schedule.Usage;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The owner of a {@link StepLoop} in tests: submits requests, gives adapters that the loop asks
 * for, gives credit, and opens another executor when one is lost. A millisecond passes per step.
 */
public final class LoopDriver implements LoopEvents, AutoCloseable {
  private static final int STEPS_MAX = 100_000;

  private final Supplier<Executor> executors;
  private final Map<GenerationId, AdapterImage> images;
  private final List<GenerationId> asked = new ArrayList<>();
  private final Map<GenerationId, Transfers.Ticket> coming = new LinkedHashMap<>();
  private final Map<Long, List<TokenOut>> outs = new HashMap<>();
  private final Map<Long, List<TokenOut>> scores = new HashMap<>();
  private final Map<Long, float[]> vectors = new HashMap<>();
  private final Map<Long, EndReason> ends = new HashMap<>();
  private final StepLoop loop;
  private Executor executor;
  private long nextId;
  private long nowNanos;
  private int preempted;
  private int failedSteps;
  private int losses;

  /**
   * @param executors opens the first executor and those that follow lost ones
   * @param images what the loop may ask for
   */
  public LoopDriver(
      Supplier<Executor> executors,
      ScheduleSettings settings,
      Map<GenerationId, AdapterImage> images) {
    this.executors = executors;
    this.images = images;
    executor = executors.get();
    loop = new StepLoop(executor, settings, this);
  }

  /** Submits all requests at once, with all their credit, and returns their answers. */
  public List<Answer> run(List<LoopRequest> requests) {
    long first = nextId;
    requests.forEach(request -> submit(request, Math.max(1, request.newTokens())));
    while (ends.size() < nextId) {
      turn();
      List.copyOf(asked).forEach(this::give);
      carryAll();
    }
    return answers(requests, first);
  }

  /** As {@link #run(List)}, but requests, credit and adapters come when it pleases them. */
  public List<Answer> run(List<LoopRequest> requests, Random random) {
    long first = nextId;
    int submitted = 0;
    while (submitted < requests.size() || ends.size() < nextId) {
      while (submitted < requests.size() && random.nextInt(3) > 0) {
        submit(requests.get(submitted++), random.nextInt(3));
      }
      for (long id = first; id < nextId; id++) {
        loop.credit(id, random.nextInt(3));
      }
      if (random.nextBoolean()) {
        List.copyOf(asked).forEach(this::give);
      }
      if (random.nextBoolean()) {
        carryAll();
      }
      turn();
    }
    return answers(requests, first);
  }

  /** Sequences that lost their seats for want of blocks, over all runs. */
  public int preempted() {
    return preempted;
  }

  int failedSteps() {
    return failedSteps;
  }

  /** Executors that were lost. */
  public int losses() {
    return losses;
  }

  @Override
  public void close() {
    loop.fail(ErrorCode.INTERNAL, "the test is over");
  }

  private void submit(LoopRequest request, int credit) {
    loop.submit(request.sequence(nextId++, credit), nowNanos);
  }

  private void give(GenerationId generation) {
    asked.remove(generation);
    AdapterImage image = Objects.requireNonNull(images.get(generation), generation.hash());
    loop.adapterReady(generation, executor.transfers().stage(image));
  }

  private void carryAll() {
    for (Map.Entry<GenerationId, Transfers.Ticket> each : List.copyOf(coming.entrySet())) {
      coming.remove(each.getKey());
      executor.transfers().carry(each.getValue());
      loop.adapterCarried(each.getKey());
    }
  }

  private void turn() {
    if (nowNanos > STEPS_MAX * 1_000_000L) {
      throw new AssertionError("there is work without end: " + loop.state());
    }
    nowNanos += 1_000_000;
    StepReport report = loop.step(nowNanos);
    preempted += report.preempted();
    switch (report.outcome()) {
      case StepReport.Lost lost -> {
        losses++;
        asked.clear();
        coming.clear();
        executor = executors.get();
        loop.rebuilt(executor, nowNanos);
      }
      case StepReport.StepFailed failed -> failedSteps++;
      case StepReport.Done done -> {}
      case StepReport.Idle idle -> {}
      case StepReport.Pending pending -> {}
    }
  }

  private List<Answer> answers(List<LoopRequest> requests, long first) {
    return IntStream.range(0, requests.size())
        .mapToObj(i -> answer(requests.get(i), first + i))
        .toList();
  }

  /** The k-th token is drawn from the logits of position {@code prompt + k - 1}. */
  private Answer answer(LoopRequest request, long id) {
    List<TokenOut> drawn = outs.getOrDefault(id, List.of());
    Map<Integer, float[]> logits = new HashMap<>();
    for (int k = 0; k < drawn.size(); k++) {
      logits.put(request.prompt().length + k - 1, drawn.get(k).logits());
    }
    EndReason end = Objects.requireNonNull(ends.get(id), "no end of " + id);
    String failure = end instanceof EndReason.Length ? "" : end.toString();
    return new Answer(
        drawn.stream().map(TokenOut::id).toList(),
        logits,
        failure,
        scores.getOrDefault(id, List.of()),
        vectors.getOrDefault(id, new float[0]));
  }

  @Override
  public void tokens(long id, List<TokenOut> tokens) {
    outs.computeIfAbsent(id, i -> new ArrayList<>()).addAll(tokens);
  }

  @Override
  public void scored(long id, List<TokenOut> tokens) {
    scores.computeIfAbsent(id, i -> new ArrayList<>()).addAll(tokens);
  }

  @Override
  public void pooled(long id, float[] vector) {
    vectors.put(id, vector);
  }

  @Override
  public void ended(long id, EndReason reason, Usage used) {
    if (ends.put(id, reason) != null) {
      throw new AssertionError("second end of " + id);
    }
  }

  @Override
  public void page(GenerationId generation) {
    asked.add(generation);
  }

  @Override
  public void carry(GenerationId generation, Transfers.Ticket ticket) {
    coming.put(generation, ticket);
  }

  @Override
  public void unpaged(GenerationId generation) {
    asked.remove(generation);
    coming.remove(generation);
  }
}
