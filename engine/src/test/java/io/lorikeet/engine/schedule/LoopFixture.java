package io.lorikeet.engine.schedule;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.DelayedExecutor;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.FaultyExecutor;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.Tickets;
import io.lorikeet.engine.spi.Transfers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/** A step loop on a scripted executor, with what it said and what it submitted. */
final class LoopFixture implements LoopEvents, FaultyExecutor.Faults {
  static final long SECOND = 1_000_000_000L;

  /** What a finished or failed step held: {@code rows} by sequence id, in the step's order. */
  record Ran(long id, List<Long> sequences, Map<Long, Integer> rows, List<Integer> segmentSlots) {}

  // settings, to be changed before start()
  ExecutorInfo info = Infos.SMALL;
  int waitingMax = 1024;
  Duration queueWait = Duration.ofSeconds(60);
  Duration stepBudget = Duration.ofMillis(100);
  Duration prefillBudget = Duration.ofMillis(100);
  Duration withoutCredit = Duration.ofSeconds(30);
  Duration passedOver = Duration.ofSeconds(5);
  int pagesAhead = 4;
  int adaptersMax = 8;
  int rebuildsPerHour = 3;
  Map<String, Double> weights = Map.of();
  boolean delayed;
  IntToLongFunction stepNanos = rows -> 1_000_000;

  /** Whether a step with these sequence ids fails. */
  BiPredicate<Step, List<Long>> stepFails = (step, ids) -> false;

  Function<Step, Optional<String>> lost = step -> Optional.empty();
  BiPredicate<Long, Integer> rowFails = (id, position) -> false;

  final Map<Long, List<Integer>> tokens = new HashMap<>();
  final Map<Long, List<TokenOut>> scores = new HashMap<>();
  final Map<Long, float[]> vectors = new HashMap<>();
  final Map<Long, EndReason> ended = new HashMap<>();
  final Map<Long, Usage> usage = new HashMap<>();
  final List<Long> endOrder = new ArrayList<>();
  final List<String> paged = new ArrayList<>();
  final Map<String, Tickets.Slow> carrying = new LinkedHashMap<>();
  final List<String> unpaged = new ArrayList<>();
  final List<Ran> ran = new ArrayList<>();
  final List<TokenOut> outs = new ArrayList<>();
  ScriptedExecutor scripted = new ScriptedExecutor(info);
  long now;
  private StepLoop started;

  LoopFixture() {
    started = new StepLoop(scripted, ScheduleSettings.DEFAULTS, this);
  }

  LoopFixture start() {
    started = new StepLoop(executor(), settings(), this);
    return this;
  }

  /** A fresh executor of the same kind. */
  Executor executor() {
    scripted = new ScriptedExecutor(info, stepNanos);
    return new FaultyExecutor(delayed ? new DelayedExecutor(scripted, () -> 0) : scripted, this);
  }

  StepLoop loop() {
    return started;
  }

  LoopFixture submit(Request request) {
    started.submit(request.build(), now);
    return this;
  }

  StepReport step() {
    return started.step(now);
  }

  /** So many steps; a millisecond passes with each. */
  void steps(int count) {
    for (int i = 0; i < count; i++) {
      step();
      now += 1_000_000;
    }
  }

  /** Steps until there is no work; at most 10,000. */
  LoopFixture finish() {
    for (int i = 0; started.hasWork(); i++) {
      if (i == 10_000) {
        throw new AssertionError("there is work without end: " + started.state());
      }
      steps(1);
    }
    return this;
  }

  void ready(String generation) {
    started.adapterReady(
        new GenerationId(generation), Tickets.ticket(new GenerationId(generation)));
  }

  /** The image came, of an adapter that must be invoked. */
  void ready(String generation, Invocation invocation) {
    GenerationId id = new GenerationId(generation);
    started.adapterReady(id, new Tickets.Ready(Tickets.image(id, invocation)));
  }

  /** The image came, of an adapter that has no weighted sum. */
  void readyAlone(String generation) {
    GenerationId id = new GenerationId(generation);
    started.adapterReady(id, new Tickets.Ready(Tickets.scaling(id)));
  }

  /** The image came, of so many bytes. */
  void ready(String generation, long bytes) {
    GenerationId id = new GenerationId(generation);
    started.adapterReady(id, new Tickets.Ready(Tickets.image(id, bytes)));
  }

  /** The image came, of so many bytes, and must be brought to the device. */
  void readySlow(String generation, long bytes) {
    GenerationId id = new GenerationId(generation);
    started.adapterReady(id, new Tickets.Slow(Tickets.image(id, bytes)));
  }

  /** The image is on the device. */
  void carried(String generation) {
    Objects.requireNonNull(carrying.remove(generation)).carried();
    started.adapterCarried(new GenerationId(generation));
  }

  /** Answers all that was asked for. */
  void allReady() {
    List<String> asked = List.copyOf(paged);
    paged.clear();
    asked.forEach(this::ready);
  }

  /** Why it ended; it must have. */
  EndReason end(long id) {
    return Objects.requireNonNull(ended.get(id), "sequence " + id + " has not ended");
  }

  List<Integer> drawn(long id) {
    return tokens.getOrDefault(id, List.of());
  }

  List<TokenOut> scored(long id) {
    return scores.getOrDefault(id, List.of());
  }

  /** What a request must see when nothing stops it. */
  List<Integer> expected(Request builder) {
    return expected(builder, 0);
  }

  /** As {@link #expected(Request)}, with an adapter that acts from a position on. */
  List<Integer> expected(Request builder, int from) {
    SequenceRequest request = builder.build();
    int[] all =
        Script.continuation(
            request.promptIds(),
            request.maxNewTokens(),
            request.composition(),
            from,
            request.sampling(),
            info.vocabSize());
    return IntStream.of(all).boxed().toList();
  }

  private ScheduleSettings settings() {
    return new ScheduleSettings(
        waitingMax,
        queueWait,
        stepBudget,
        prefillBudget,
        withoutCredit,
        passedOver,
        pagesAhead,
        adaptersMax,
        rebuildsPerHour,
        Duration.ofMillis(20),
        weights);
  }

  @Override
  public void tokens(long id, List<TokenOut> some) {
    some.forEach(t -> tokens.computeIfAbsent(id, i -> new ArrayList<>()).add(t.id()));
    outs.addAll(some);
  }

  @Override
  public void scored(long id, List<TokenOut> some) {
    if (tokens.containsKey(id) || ended.containsKey(id)) {
      throw new AssertionError("scores of " + id + " after its first token");
    }
    scores.computeIfAbsent(id, i -> new ArrayList<>()).addAll(some);
  }

  @Override
  public void pooled(long id, float[] vector) {
    if (vectors.put(id, vector) != null || ended.containsKey(id)) {
      throw new AssertionError("second vector of " + id);
    }
  }

  @Override
  public void ended(long id, EndReason reason, Usage used) {
    if (ended.put(id, reason) != null) {
      throw new AssertionError("second end of " + id);
    }
    usage.put(id, used);
    endOrder.add(id);
  }

  @Override
  public void page(GenerationId generation) {
    paged.add(generation.hash());
  }

  @Override
  public void carry(GenerationId generation, Transfers.Ticket ticket) {
    carrying.put(generation.hash(), (Tickets.Slow) ticket);
  }

  @Override
  public void unpaged(GenerationId generation) {
    unpaged.add(generation.hash());
  }

  @Override
  public Optional<String> step(Step step, List<SamplingParams> sequences) {
    List<Long> ids = sequences.stream().map(SamplingParams::seed).toList();
    Map<Long, Integer> rows = new HashMap<>();
    for (int row = 0; row < step.rows; row++) {
      rows.merge(ids.get(step.sequence[row]), 1, Integer::sum);
    }
    List<Integer> slots = IntStream.range(0, step.segments).mapToObj(i -> step.slot[i]).toList();
    ran.add(new Ran(step.id, ids, rows, slots));
    return stepFails.test(step, ids) ? Optional.of("broken") : Optional.empty();
  }

  @Override
  public Optional<String> lost(Step step) {
    return lost.apply(step);
  }

  @Override
  public Optional<String> row(Step step, int row, SamplingParams sequence) {
    return rowFails.test(sequence.seed(), step.position[row])
        ? Optional.of("not a number")
        : Optional.empty();
  }
}
