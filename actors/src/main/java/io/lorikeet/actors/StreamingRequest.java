package io.lorikeet.actors;

import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.Terminal;
import io.lorikeet.actors.RequestActor.Command;
import io.lorikeet.actors.RequestActor.Notice;
import io.lorikeet.actors.RequestActor.Order;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.engine.schedule.SequenceRequest;
import io.lorikeet.engine.schedule.TokenOut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * An accepted request until its terminal event: submits its choices, turns their tokens into
 * events, hands those out one per acknowledgement and gives credit back as they are read. Leases
 * and sequences go as soon as the end is decided, however slowly the reader takes it.
 */
final class StreamingRequest extends AbstractMatchingBehavior<Command> {
  private final RequestParts parts;
  private final Order order;
  private final Asked.ForText asked;
  private final TimerScheduler<Command> timers;
  private final Leases leases;
  private final List<int[]> prompts;
  private final EventQueue events;
  private final Credits credits;
  private final RequestTimes times;
  // Choices whose sequence the step loop still holds, as far as we know.
  private final Set<Integer> running = new HashSet<>();
  private Optional<ActorRef<GenerationEvent>> sink = Optional.empty();
  private Optional<GenerationEvent> unread = Optional.empty();
  private long sent;
  private long sentWhenWatched;
  private boolean settled;

  StreamingRequest(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RequestParts parts,
      Order order,
      Asked.ForText asked,
      Leases leases,
      List<int[]> prompts) {
    super(context);
    this.parts = parts;
    this.order = order;
    this.asked = asked;
    this.timers = timers;
    this.leases = leases;
    this.prompts = prompts;
    Generation generation = asked.generation();
    ChoiceText.Style style =
        new ChoiceText.Style(
            parts.text(),
            generation.ending(),
            generation.tokenTexts(),
            Arrays.stream(endTokens()).boxed().collect(Collectors.toSet()));
    List<PromptText> texts = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Prompt prompt = generation.prompts().get(i);
      texts.add(new PromptText(i, prompt, prompts.get(i), generation.promptLogprobs(), style));
    }
    List<ChoiceText> choices =
        IntStream.range(0, generation.sequences())
            .mapToObj(choice -> new ChoiceText(choice, style, texts.get(prompt(choice))))
            .toList();
    this.events = new EventQueue(choices, texts);
    this.credits = new Credits(generation.sequences(), credit());
    this.times = new RequestTimes(parts.metrics(), order.arrivedNanos(), generation.sequences());
  }

  /**
   * @param newTokens tokens that an answer to each prompt may have
   */
  Behavior<Command> begin(Composition composition, List<Integer> newTokens) {
    for (int choice = 0; choice < asked.generation().sequences(); choice++) {
      running.add(choice);
      parts
          .batching()
          .tell(
              new BatchingActor.Submit(
                  sequence(choice, composition, newTokens.get(prompt(choice))),
                  getContext().getSelf().narrow()));
    }
    timers.startSingleTimer(Notice.READER_LATE, parts.readWait());
    asked
        .asker()
        .tell(
            new Answer.Accepted(
                getContext().getSelf().narrow(),
                leases.answerer(),
                prompts.stream().map(int[]::clone).toList()));
    return this;
  }

  private SequenceRequest sequence(int choice, Composition composition, int newTokens) {
    Generation generation = asked.generation();
    return new SequenceRequest(
        order.firstSequence() + choice,
        generation.principal(),
        composition,
        prompts.get(prompt(choice)).clone(),
        newTokens,
        Seeds.ofChoice(generation.sampling(), choice % generation.choices())
            .withWithheld(generation.ending().withheld(endsOfTheModel())),
        endTokens(),
        credit(),
        order.deadlineNanos(SequenceRequest.NO_DEADLINE),
        // One choice finds out for all of them.
        choice % generation.choices() == 0 ? generation.promptLogprobs().orElse(-1) : -1,
        Pooling.NONE,
        false);
  }

  /** The prompt that a choice answers. */
  private int prompt(int choice) {
    return choice / asked.generation().choices();
  }

  private int[] endTokens() {
    return asked.generation().ending().tokens(endsOfTheModel());
  }

  private List<Integer> endsOfTheModel() {
    return asked.generation().ending().ofTheModel(parts.endTokens(), parts.text());
  }

  private int credit() {
    return parts.limits().settings().streamCredit();
  }

  /** Whatever goes wrong, the reader hears of it. */
  @Override
  public Behavior<Command> onMessage(Command message) {
    try {
      return on(message);
    } catch (RuntimeException e) {
      getContext().getLog().error("request {} failed", asked.generation().requestId(), e);
      events.fail(ErrorCode.INTERNAL, "the answer could not be written");
      settle();
      return lastWord(ErrorCode.INTERNAL, "the answer could not be written");
    }
  }

  private Behavior<Command> on(Command message) {
    return switch (message) {
      case RequestProtocol.Attach(var reader) -> attach(reader);
      case RequestProtocol.Ack _ -> taken();
      case RequestProtocol.Leave _ -> sink.isEmpty() ? abandon() : this;
      case SequenceEvent.Tokens tokens -> tokens(tokens);
      case SequenceEvent.Scores(long id, List<TokenOut> tokens) -> {
        events.scored(prompt(choice(id)), tokens);
        yield flush();
      }
      case SequenceEvent.Pooled _ -> Behaviors.unhandled();
      case SequenceEvent.Ended(long id, EndReason reason) -> ended(choice(id), reason);
      case RequestActor.End(ErrorCode code, String text) -> fail(code, text);
      case Notice.DEADLINE -> fail(ErrorCode.DEADLINE_EXCEEDED, "`timeout` is over");
      case Notice.ENGINE_GONE -> fail(ErrorCode.EXECUTOR_LOST, "the engine has stopped");
      case Notice.READER_LATE -> late();
      case Notice.READER_GONE -> abandon();
      case Notice.ADAPTER_LATE -> Behaviors.unhandled();
      case AdapterManagerActor.Resolution _ -> Behaviors.unhandled();
    };
  }

  private Behavior<Command> attach(ActorRef<GenerationEvent> reader) {
    if (sink.isPresent()) {
      return Behaviors.unhandled();
    }
    sink = Optional.of(reader);
    timers.cancel(Notice.READER_LATE);
    getContext().watchWith(reader, Notice.READER_GONE);
    return flush();
  }

  private Behavior<Command> taken() {
    if (unread.isPresent()
        && unread.get() instanceof Piece piece
        && running.contains(piece.choice())) {
      int back = credits.read(piece.choice(), piece.ids().size());
      if (back > 0) {
        parts.batching().tell(new BatchingActor.Credit(id(piece.choice()), back));
      }
    }
    unread = Optional.empty();
    return flush();
  }

  private Behavior<Command> tokens(SequenceEvent.Tokens tokens) {
    int choice = choice(tokens.id());
    if (!events.isOpen(choice)) {
      return this;
    }
    times.tokens(choice, parts.clock().getAsLong());
    events.tokens(choice, tokens.tokens());
    if (!events.isOpen(choice)) {
      cancel(choice);
      times.ended(FinishReason.STOP_STRING);
    }
    return flush();
  }

  private Behavior<Command> ended(int choice, EndReason reason) {
    running.remove(choice);
    if (!events.isOpen(choice)) {
      return this;
    }
    return switch (reason) {
      case EndReason.Stop _ -> complete(choice, FinishReason.STOP_TOKEN);
      case EndReason.Length _ -> complete(choice, FinishReason.LENGTH);
      case EndReason.Deadline _ -> fail(ErrorCode.DEADLINE_EXCEEDED, "`timeout` is over");
      case EndReason.SlowClient _ -> fail(ErrorCode.SLOW_CLIENT, slow());
      case EndReason.Rejected(ErrorCode code, String text) -> fail(code, text);
      case EndReason.Failed(ErrorCode code, String text) -> fail(code, text);
      case EndReason.Cancelled _ -> fail(ErrorCode.INTERNAL, "the sequence was cancelled");
    };
  }

  private Behavior<Command> complete(int choice, FinishReason reason) {
    events.end(choice, reason);
    times.ended(reason);
    return flush();
  }

  private Behavior<Command> fail(ErrorCode code, String text) {
    events.fail(code, text);
    return flush();
  }

  /** Nobody attached, or the last event was not taken for a whole {@code readWait}. */
  private Behavior<Command> late() {
    if (sink.isEmpty()) {
      return abandon();
    }
    if (unread.isEmpty() || sent != sentWhenWatched) {
      watchReader();
      return this;
    }
    events.fail(ErrorCode.SLOW_CLIENT, slow());
    settle();
    return lastWord(ErrorCode.SLOW_CLIENT, slow());
  }

  // The one event that is sent without an acknowledgement: it ends a stream whose reader stands
  // still, also one whose answer is complete and was never read.
  private Behavior<Command> lastWord(ErrorCode code, String text) {
    Failed last = events.failure().orElse(new Failed(code, text));
    sink.ifPresent(reader -> reader.tell(last));
    return Behaviors.stopped();
  }

  private String slow() {
    return "an event must be taken within %d s".formatted(parts.readWait().toSeconds());
  }

  private void watchReader() {
    if (unread.isPresent() && !timers.isTimerActive(Notice.READER_LATE)) {
      sentWhenWatched = sent;
      timers.startSingleTimer(Notice.READER_LATE, parts.readWait());
    }
  }

  private Behavior<Command> flush() {
    settle();
    if (sink.isEmpty() || unread.isPresent()) {
      return this;
    }
    Optional<GenerationEvent> event = events.next();
    event.ifPresent(e -> sink.get().tell(e));
    if (event.isPresent() && event.get() instanceof Terminal) {
      return Behaviors.stopped();
    }
    sent += event.isPresent() ? 1 : 0;
    unread = event;
    watchReader();
    return this;
  }

  /** Gives everything back as soon as the end is decided. */
  private void settle() {
    if (!settled && events.settled()) {
      release();
      times.settled(events, parts.clock().getAsLong());
    }
  }

  private Behavior<Command> abandon() {
    if (!settled) {
      release();
      times.abandoned(events, parts.clock().getAsLong());
    }
    return Behaviors.stopped();
  }

  private void release() {
    settled = true;
    List.copyOf(running).forEach(this::cancel);
    for (Lease lease : leases.all()) {
      parts
          .adapters()
          .tell(new AdapterManagerActor.Release(getContext().getSelf().narrow(), lease.id()));
    }
  }

  private void cancel(int choice) {
    if (running.remove(choice)) {
      parts.batching().tell(new BatchingActor.Cancel(id(choice)));
    }
  }

  private long id(int choice) {
    return order.firstSequence() + choice;
  }

  private int choice(long id) {
    return Math.toIntExact(id - order.firstSequence());
  }
}
