package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Composition.Part;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
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
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;

/**
 * A world of clients, adapters and faults around one step loop, in virtual time and from one seed.
 * It knows from {@link Script} what each client must see.
 */
final class Simulation implements LoopEvents, FaultyExecutor.Faults {
  private static final long MILLI = 1_000_000;
  private static final int STEPS_MAX = 60_000;
  private static final int ADAPTERS = 6;
  private static final int[] WAKING = {998, 999};
  private static final List<Pooling> POOLINGS = List.of(Pooling.NONE, Pooling.LAST, Pooling.MEAN);

  private enum Client {
    QUICK,
    SLOW,
    STALLED
  }

  private final class Seen {
    final SequenceRequest request;
    final Client client;
    final long submitted = now;
    final int[] expected;
    int tokens;
    int scores;
    int granted;
    boolean pooled;
    boolean cancelled;
    boolean ended;

    Seen(SequenceRequest request, Client client) {
      this.request = request;
      this.client = client;
      granted = request.credit();
      expected = expected(request);
    }
  }

  private record Event(long at, long order, Runnable action) {}

  private final long seed;
  private final Random random;
  private final ExecutorInfo info;
  private final int depth;
  private final ScheduleSettings settings;
  private final int faultPercent;
  private final Map<Long, Seen> seen = new HashMap<>();
  private final List<Seen> live = new ArrayList<>();
  private final Map<GenerationId, Boolean> paged = new HashMap<>(); // true: answered
  private final Map<GenerationId, AdapterImage> images = new HashMap<>();
  private final Set<Long> rowPoison = new HashSet<>();
  private final Set<Long> stepPoison = new HashSet<>();
  private final Set<Long> failedAlone = new HashSet<>();
  private final Set<GenerationId> torn = new HashSet<>(); // on the way to the device, once
  private final Set<GenerationId> broken = new HashSet<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.<Event>comparingLong(e -> e.at).thenComparingLong(e -> e.order));
  private final StepLoop loop;
  private long orders;
  private long now = -5_000 * MILLI;
  private long ids;
  private int executors;
  private int steps;

  /** What happened, so that a test can see that its worlds are not dull. */
  int preempted;

  int lostExecutors;
  int failedSteps;
  final Map<Class<?>, Integer> reasons = new HashMap<>();

  Simulation(long seed) {
    this.seed = seed;
    random = new Random(seed);
    depth = 1 + random.nextInt(2);
    faultPercent = random.nextInt(3) == 0 ? random.nextInt(4) : 0;
    int blocks = random.nextBoolean() ? 4 + random.nextInt(12) : 40;
    ExecutorInfo unlimited =
        Infos.of(
            "scripted",
            1,
            blocks,
            1 + random.nextInt(24),
            1 + random.nextInt(4),
            1 + random.nextInt(8));
    info = random.nextInt(3) > 0 ? unlimited : Infos.withAdapterBytes(unlimited, 100);
    settings =
        new ScheduleSettings(
            random.nextInt(4) == 0 ? 3 : 1000,
            Duration.ofSeconds(random.nextInt(4) == 0 ? 2 : 60),
            Duration.ofMillis(1 + random.nextInt(20)),
            Duration.ofMillis(1 + random.nextInt(80)),
            Duration.ofSeconds(random.nextInt(2) == 0 ? 1 : 30),
            Duration.ofMillis(random.nextBoolean() ? 50 : 5000),
            1 + random.nextInt(4),
            8,
            1_000_000,
            Duration.ofMillis(20),
            Map.of("p0", 2.0));
    for (int i = 0; i < ADAPTERS; i++) {
      GenerationId id = generation(i);
      images.put(id, Tickets.image(id, 15 + 15 * i));
    }
    if (random.nextInt(3) == 0) {
      images.put(generation(0), Tickets.scaling(generation(0)));
    }
    if (random.nextInt(3) == 0) {
      images.put(generation(1), Tickets.image(generation(1), new Invocation(WAKING)));
    }
    for (int i = 0; i < 2; i++) {
      if (random.nextInt(4) == 0) {
        broken.add(generation(random.nextInt(ADAPTERS)));
      }
    }
    loop = new StepLoop(executor(), settings, this);
  }

  private Executor executor() {
    executors++;
    Executor scripted = new ScriptedExecutor(info, rows -> MILLI + rows * MILLI / 5);
    Executor device =
        depth == 1 ? scripted : new DelayedExecutor(scripted, () -> random.nextInt(3));
    return new FaultyExecutor(device, this);
  }

  void run(int requests) {
    long gap = MILLI * (1 + random.nextInt(60));
    long at = now;
    for (int i = 0; i < requests; i++) {
      at += random.nextLong(gap);
      after(at - now, this::submit);
    }
    while (!events.isEmpty() || !live.isEmpty() || loop.hasWork()) {
      turn();
    }
    checkEverythingIsFree();
  }

  private void turn() {
    if (++steps > STEPS_MAX) {
      fail(where() + ": " + live.size() + " sequences never end: " + loop.state());
    }
    boolean stirred = false;
    while (!events.isEmpty() && events.element().at <= now) {
      events.remove().action.run();
      stirred = true;
    }
    OptionalLong wake = loop.nextWakeNanos();
    if (loop.hasWork() || (wake.isPresent() && wake.getAsLong() <= now)) {
      step();
    } else if (!stirred) {
      long next = events.isEmpty() ? Long.MAX_VALUE : events.element().at;
      next = Math.min(next, wake.orElse(Long.MAX_VALUE));
      assertTrue(next < Long.MAX_VALUE, () -> where() + " hangs: " + loop.state());
      now = next;
    }
  }

  private void step() {
    int before = live.size();
    StepReport report = loop.step(now);
    preempted += report.preempted();
    switch (report.outcome()) {
      case StepReport.Idle idle -> {
        boolean nothing =
            report.admitted() + report.preempted() + report.ended() + report.prefillRows() == 0;
        assertTrue(!nothing || !loop.hasWork(), () -> where() + " spins: " + loop.state());
        assertEquals(0, report.tokens());
      }
      case StepReport.Pending pending -> now += MILLI;
      case StepReport.Done done -> now += done.elapsedNanos();
      case StepReport.StepFailed failed -> {
        failedSteps++;
        now += MILLI;
      }
      case StepReport.Lost gone -> lose(gone);
    }
    assertTrue(live.size() <= before, where());
    LoopState state = loop.state();
    assertEquals(live.size(), state.running() + state.waiting() + state.preempted(), this::where);
    if (!state.lost()) {
      assertEquals(
          state.blocksTotal(),
          state.blocksFree() + state.blocksUsed() + state.blocksRetiring(),
          this::where);
    }
  }

  private void lose(StepReport.Lost gone) {
    lostExecutors++;
    assertTrue(gone.rebuild());
    assertTrue(!loop.hasWork());
    assertTrue(paged.isEmpty(), () -> where() + " keeps " + paged);
    after(MILLI * random.nextInt(300), () -> loop.rebuilt(executor(), now));
  }

  // what clients do

  private void submit() {
    long id = ++ids;
    Client client =
        switch (random.nextInt(12)) {
          case 0 -> Client.STALLED;
          case 1, 2, 3 -> Client.SLOW;
          default -> Client.QUICK;
        };
    int most = Math.min(info.kvBlocks() * info.blockTokens(), 150);
    int prompt = 1 + random.nextInt(random.nextInt(5) == 0 ? most + 10 : 20);
    boolean silent = random.nextInt(6) == 0;
    int fresh = silent ? 0 : 1 + random.nextInt(random.nextInt(5) == 0 ? 80 : 12);
    Request builder =
        Request.of(id)
            .principal("p" + random.nextInt(4))
            .composition(composition())
            .promptTokens(prompt)
            .newTokens(fresh)
            .credit(client == Client.QUICK ? 1 + random.nextInt(10) : random.nextInt(6));
    if (prompt > 1 && random.nextInt(3) > 0) {
      int at = random.nextInt(prompt - 1);
      builder.token(at, WAKING[0]).token(at + 1, WAKING[1]);
    }
    if (random.nextInt(4) == 0) {
      builder.scored(random.nextInt(3));
    } else if (silent) {
      builder.pooled(POOLINGS.get(random.nextInt(POOLINGS.size())));
    }
    if (random.nextInt(8) == 0) {
      builder.deadline(now + MILLI * random.nextInt(2000));
    }
    SequenceRequest request = builder.build();
    if (!silent && random.nextInt(4) == 0) {
      int[] expected = expected(request);
      request = builder.stops(7, expected[random.nextInt(fresh)]).build();
    }
    if (faultPercent > 0 && random.nextInt(15) == 0) {
      (random.nextBoolean() ? rowPoison : stepPoison).add(id);
    }
    Seen made = new Seen(request, client);
    seen.put(id, made);
    live.add(made);
    loop.submit(request, now);
    if (random.nextInt(10) == 0) {
      after(MILLI * random.nextInt(500), () -> cancel(made));
    }
    if (client == Client.SLOW && request.credit() == 0) {
      after(MILLI * random.nextInt(400), () -> grant(made, 1 + random.nextInt(5)));
    }
  }

  /** The base, one adapter, or a sum of up to four. */
  private Composition composition() {
    int kind = random.nextInt(5);
    if (kind < 3) {
      return Composition.of(kind == 0 ? GenerationId.BASE : generation(random.nextInt(ADAPTERS)));
    }
    List<Part> parts = new ArrayList<>();
    random
        .ints(0, ADAPTERS)
        .distinct()
        .limit(1 + random.nextInt(4))
        .forEach(number -> parts.add(new Part(generation(number), 1 + random.nextInt(3))));
    return new Composition(parts);
  }

  private int[] expected(SequenceRequest request) {
    return Script.continuation(
        request.promptIds(),
        request.maxNewTokens(),
        request.composition(),
        from(request).orElse(0),
        request.sampling(),
        info.vocabSize());
  }

  /** Where a single adapter begins to act; empty: the prompt does not wake it. */
  private OptionalInt from(SequenceRequest request) {
    return request.composition().isPlain()
        ? images(request).getFirst().invocation().activeFrom(request.promptIds())
        : OptionalInt.of(0);
  }

  private List<AdapterImage> images(SequenceRequest request) {
    return request.composition().adapters().stream().map(this::image).toList();
  }

  private AdapterImage image(GenerationId generation) {
    return Objects.requireNonNull(images.get(generation));
  }

  private boolean summable(SequenceRequest request) {
    return request.composition().isPlain()
        || images(request).stream().allMatch(AdapterImage::composes);
  }

  private boolean tooLarge(SequenceRequest request) {
    return info.adapterBytes() > 0
        && images(request).stream().mapToLong(AdapterImage::bytes).sum() > info.adapterBytes();
  }

  private boolean isBroken(SequenceRequest request) {
    return broken.stream().anyMatch(request.composition()::contains);
  }

  private boolean runnable(SequenceRequest request) {
    return summable(request)
        && !tooLarge(request)
        && !isBroken(request)
        && from(request).isPresent()
        && request.composition().parts().size() <= info.slots();
  }

  private void cancel(Seen request) {
    boolean running = !request.ended;
    request.cancelled = running;
    loop.cancel(request.request.id());
    assertTrue(request.ended, where());
  }

  private void grant(Seen request, int tokens) {
    request.granted += tokens;
    loop.credit(request.request.id(), tokens);
  }

  // what the loop says

  @Override
  public void scored(long id, List<TokenOut> scores) {
    Seen request = Objects.requireNonNull(seen.get(id));
    assertTrue(!request.ended && request.tokens == 0, () -> where() + ": late scores of " + id);
    for (TokenOut score : scores) {
      request.scores++;
      assertEquals(
          request.request.promptIds()[request.scores],
          score.id(),
          () -> where() + ": score " + request.scores + " of " + id);
    }
  }

  @Override
  public void pooled(long id, float[] vector) {
    Seen request = Objects.requireNonNull(seen.get(id));
    assertTrue(!request.ended && !request.pooled, () -> where() + ": second vector of " + id);
    request.pooled = true;
    SequenceRequest asked = request.request;
    OptionalInt from = from(asked);
    float[] expected = PoolingTest.expected(asked, from.orElseThrow(), info.hiddenSize());
    assertArrayEquals(expected, vector, () -> where() + ": vector of " + id);
  }

  @Override
  public void tokens(long id, List<TokenOut> tokens) {
    Seen request = Objects.requireNonNull(seen.get(id));
    assertEquals(scores(request), request.scores, () -> where() + ": scores of " + id);
    assertTrue(!request.ended, () -> where() + ": token after the end of " + id);
    for (TokenOut token : tokens) {
      assertEquals(
          request.expected[request.tokens],
          token.id(),
          () -> where() + ": token " + request.tokens + " of " + id);
      request.tokens++;
    }
    assertTrue(request.tokens <= request.granted, () -> where() + ": no credit for " + id);
    if (request.client == Client.QUICK) {
      after(0, () -> grant(request, tokens.size()));
    } else if (request.client == Client.SLOW) {
      after(MILLI * random.nextInt(random.nextInt(20) == 0 ? 1500 : 200), () -> grant(request, 1));
    }
  }

  private static int scores(Seen request) {
    return request.request.promptLogprobs() < 0 ? 0 : request.request.promptIds().length - 1;
  }

  @Override
  public void ended(long id, EndReason reason, Usage usage) {
    Seen request = Objects.requireNonNull(seen.get(id));
    assertTrue(!request.ended, () -> where() + ": second end of " + id);
    request.ended = true;
    live.remove(request);
    reasons.merge(reason.getClass(), 1, Integer::sum);
    assertEquals(request.tokens, usage.completionTokens(), this::where);
    assertEquals(request.request.promptIds().length, usage.promptTokens(), this::where);
    checkReason(request, reason);
  }

  private void checkReason(Seen request, EndReason reason) {
    SequenceRequest asked = request.request;
    int[] stops = asked.stopTokenIds();
    int stop = firstStop(request.expected, stops);
    String what = where() + ": " + reason + " of " + asked.id();
    assertTrue(request.tokens == 0 || runnable(asked), what);
    switch (reason) {
      case EndReason.Stop stopped -> {
        assertEquals(stop + 1, request.tokens, what);
        assertEquals(request.expected[stop], stopped.tokenId(), what);
      }
      case EndReason.Length length -> {
        assertEquals(asked.maxNewTokens(), request.tokens, what);
        assertEquals(scores(request), request.scores, what);
        assertEquals(asked.pooling() != Pooling.NONE, request.pooled, what);
        assertTrue(stop < 0, what);
      }
      case EndReason.Cancelled cancelled -> assertTrue(request.cancelled, what);
      case EndReason.Deadline deadline -> assertTrue(now >= asked.deadlineNanos(), what);
      case EndReason.SlowClient slow -> {
        assertTrue(request.client != Client.QUICK, what);
        assertEquals(request.granted, request.tokens, what);
      }
      case EndReason.Rejected rejected -> {
        assertEquals(0, request.tokens, what);
        checkRejection(request, rejected, what);
      }
      case EndReason.Failed failed -> {
        boolean culprit =
            rowPoison.contains(asked.id())
                || stepPoison.contains(asked.id())
                || failedAlone.contains(asked.id());
        switch (failed.code()) {
          case ROW_FAILED -> assertTrue(culprit, what);
          case INTERNAL -> assertTrue(torn.stream().anyMatch(asked.composition()::contains), what);
          case ADAPTER_TOO_LARGE -> assertTrue(tooLarge(asked), what);
          default -> assertTrue(isBroken(asked), what);
        }
      }
    }
  }

  private void checkRejection(Seen request, EndReason.Rejected rejected, String what) {
    SequenceRequest asked = request.request;
    int positions = asked.promptIds().length + Math.max(0, asked.maxNewTokens() - 1);
    switch (rejected.code()) {
      case QUEUE_FULL -> assertEquals(settings.waitingMax(), loop.state().waiting(), what);
      case QUEUE_TIMEOUT ->
          assertTrue(now - request.submitted >= settings.queueWait().toNanos(), what);
      case CONTEXT_LENGTH_EXCEEDED ->
          assertTrue(positions > info.kvBlocks() * info.blockTokens(), what);
      case PARAMETER_OUT_OF_RANGE ->
          assertTrue(asked.composition().parts().size() > info.slots(), what);
      case ADAPTER_NOT_COMPOSABLE -> assertTrue(!summable(asked), what);
      case ALORA_INVOCATION_MISSING -> assertTrue(from(asked).isEmpty(), what);
      default -> fail(what);
    }
  }

  private static int firstStop(int[] tokens, int[] stops) {
    for (int i = 0; i < tokens.length; i++) {
      int token = tokens[i];
      if (Arrays.stream(stops).anyMatch(s -> s == token)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void page(GenerationId generation) {
    assertTrue(paged.put(generation, false) == null, () -> where() + ": asked again");
    int executor = executors;
    after(
        MILLI * random.nextInt(random.nextInt(5) == 0 ? 1000 : 30),
        () -> answer(generation, executor));
  }

  private void answer(GenerationId generation, int executor) {
    if (executor != executors || !paged.containsKey(generation)) {
      return; // the executor is lost, and with it the ticket
    }
    if (broken.contains(generation)) {
      paged.remove(generation);
      loop.adapterFailed(generation, ErrorCode.ADAPTER_WEIGHTS_CORRUPT, "broken");
    } else {
      paged.put(generation, true);
      AdapterImage image = image(generation);
      boolean slow = random.nextBoolean();
      loop.adapterReady(generation, slow ? new Tickets.Slow(image) : new Tickets.Ready(image));
    }
  }

  @Override
  public void carry(GenerationId generation, Transfers.Ticket ticket) {
    int executor = executors;
    after(
        MILLI * random.nextInt(30),
        () -> {
          if (executor != executors) {
            return;
          }
          if (random.nextInt(20) == 0) {
            torn.add(generation);
            loop.adapterFailed(generation, ErrorCode.INTERNAL, "torn");
          } else {
            ((Tickets.Slow) ticket).carried();
            loop.adapterCarried(generation);
          }
        });
  }

  @Override
  public void unpaged(GenerationId generation) {
    assertTrue(paged.remove(generation) != null, () -> where() + ": was not asked");
  }

  // what breaks

  @Override
  public Optional<String> step(Step step, List<SamplingParams> sequences) {
    boolean poisoned = false;
    for (int i = 0; i < step.sequences; i++) {
      long id = sequences.get(i).seed();
      poisoned |= stepPoison.contains(id) && lastPosition(step, i) >= id % 30;
    }
    boolean fails = poisoned || random.nextInt(2000) < faultPercent;
    if (fails && step.sequences == 1) {
      failedAlone.add(sequences.getFirst().seed());
    }
    return fails ? Optional.of("poisoned") : Optional.empty();
  }

  @Override
  public Optional<String> lost(Step step) {
    return random.nextInt(2000) < faultPercent ? Optional.of("gone") : Optional.empty();
  }

  @Override
  public Optional<String> row(Step step, int row, SamplingParams sequence) {
    boolean fails = rowPoison.contains(sequence.seed()) && step.position[row] > 12;
    return fails ? Optional.of("not a number") : Optional.empty();
  }

  private static int lastPosition(Step step, int sequence) {
    int last = -1;
    for (int row = 0; row < step.rows; row++) {
      last = step.sequence[row] == sequence ? step.position[row] : last;
    }
    return last;
  }

  private void checkEverythingIsFree() {
    LoopState state = loop.state();
    assertEquals(0, state.running() + state.waiting() + state.preempted(), this::where);
    assertEquals(state.blocksTotal(), state.blocksFree(), this::where);
    assertEquals(0, state.stepsInFlight() + state.slotsPaging(), this::where);
    assertEquals(seen.size(), seen.values().stream().filter(s -> s.ended).count(), this::where);
    assertEquals(state.slotsResident(), paged.size(), this::where);
    loop.fail(ErrorCode.SHUTTING_DOWN, "over");
    assertTrue(paged.isEmpty(), this::where);
    assertTrue(!loop.hasWork() && loop.nextWakeNanos().isEmpty(), this::where);
  }

  private void after(long nanos, Runnable action) {
    events.add(new Event(now + nanos, orders++, action));
  }

  private static GenerationId generation(int number) {
    return new GenerationId("g" + number);
  }

  private String where() {
    return "seed " + seed + ", step " + steps;
  }
}
