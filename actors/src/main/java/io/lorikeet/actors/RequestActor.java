package io.lorikeet.actors;

import io.lorikeet.actors.AdapterManagerActor.Resolution;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One request until it is accepted or refused: gets leases on its adapters, reads its prompt, holds
 * it against the limits. Leases of one that is refused go with the actor. An accepted one goes on
 * as {@link StreamingRequest} in the same actor.
 */
final class RequestActor extends AbstractMatchingBehavior<RequestActor.Command> {
  sealed interface Command permits RequestProtocol, SequenceEvent, Resolution, End, Notice {}

  /** Ends the request for a reason from outside. */
  record End(ErrorCode code, String message) implements Command {
    static End of(LorikeetException e) {
      return new End(e.code(), String.valueOf(e.getMessage()));
    }
  }

  /** What timers and watches say. */
  enum Notice implements Command {
    DEADLINE,
    ADAPTER_LATE,
    READER_LATE,
    READER_GONE,
    ENGINE_GONE
  }

  /** A request as the router hands it over; its cheap limits hold. */
  record Order(Asked asked, long firstSequence, long arrivedNanos) {
    long deadlineNanos(long none) {
      return asked.timeout().map(Duration::toNanos).map(t -> arrivedNanos + t).orElse(none);
    }
  }

  private final RequestParts parts;
  private final Order order;
  private final TimerScheduler<Command> timers;
  private Leases leases = new Leases(List.of());

  private RequestActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RequestParts parts,
      Order order) {
    super(context);
    this.parts = parts;
    this.order = order;
    this.timers = timers;
  }

  static Behavior<Command> create(RequestParts parts, Order order) {
    return Behaviors.setup(context ->
        Behaviors.withTimers(timers -> new RequestActor(context, timers, parts, order).begin()));
  }

  private Behavior<Command> begin() {
    getContext().watchWith(parts.batching(), Notice.ENGINE_GONE);
    order.asked().timeout().ifPresent(timeout -> timers.startSingleTimer(Notice.DEADLINE, timeout));
    if (order.asked().target() instanceof Target.Merged(Recipe<String> recipe)) {
      timers.startSingleTimer(Notice.ADAPTER_LATE, parts.adapterWait());
      return answered(() -> resolve(recipe));
    }
    if (wanted().isEmpty()) {
      return answered(() -> accept());
    }
    timers.startSingleTimer(Notice.ADAPTER_LATE, parts.adapterWait());
    List<Integer> numbers = Targets.numbers(wanted());
    if (numbers.isEmpty()) {
      return answered(() -> resolve(List.of()));
    }
    parts
        .adapters()
        .tell(new AdapterManagerActor.NamesOf(numbers, getContext().getSelf().narrow()));
    return this;
  }

  private List<Target.Part> wanted() {
    return Targets.parts(order.asked().target(), parts.modelName());
  }

  private Behavior<Command> resolve(List<String> numbered) {
    leases = new Leases(Targets.named(wanted(), numbered));
    for (String name : leases.names()) {
      parts
          .adapters()
          .tell(
              new AdapterManagerActor.Resolve(
                  order.asked().principal(), name, getContext().getSelf().narrow()));
    }
    return this;
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    return switch (message) {
      case Resolution.Named(List<String> names) -> answered(() -> resolve(names));
      case Resolution.Granted(Lease lease) -> answered(() -> granted(lease));
      case Resolution.Refused(String name, ErrorCode code, String text) ->
          reject(Targets.refusal(order.asked().target(), name, code, text));
      case End end -> reject(end);
      case Notice.DEADLINE -> reject(ErrorCode.DEADLINE_EXCEEDED, "`timeout` is over");
      case Notice.ADAPTER_LATE ->
          reject(
              ErrorCode.QUEUE_TIMEOUT,
              "all adapters must be there within %d s".formatted(parts.adapterWait().toSeconds()));
      case Notice.ENGINE_GONE -> reject(ErrorCode.EXECUTOR_LOST, "the engine has stopped");
      case Notice.READER_GONE -> reject(ErrorCode.SLOW_CLIENT, "nobody waits any more");
      case Notice.READER_LATE -> Behaviors.unhandled();
      case RequestProtocol _, SequenceEvent _ -> Behaviors.unhandled();
    };
  }

  private Behavior<Command> resolve(Recipe<String> recipe) {
    leases = new Leases(recipe);
    parts
        .adapters()
        .tell(
            new AdapterManagerActor.ResolveMerge(
                order.asked().principal(), recipe, getContext().getSelf().narrow()));
    return this;
  }

  private Behavior<Command> granted(Lease lease) {
    leases.add(lease);
    return leases.complete() ? accept() : this;
  }

  private Behavior<Command> accept() {
    Composition composition = leases.composition();
    Behavior<Command> accepted =
        switch (order.asked()) {
          case Asked.ForText text -> accept(text, composition);
          case Asked.ForVectors vectors -> accept(vectors, composition);
        };
    timers.cancel(Notice.ADAPTER_LATE);
    return accepted;
  }

  private Behavior<Command> accept(Asked.ForText asked, Composition composition) {
    Generation generation = parts.prompts().withBannedTokens(asked.generation());
    List<int[]> prompts = new ArrayList<>();
    List<Integer> newTokens = new ArrayList<>();
    long scored = 0;
    for (Prompt prompt : generation.prompts()) {
      int[] ids = parts.prompts().read(prompt);
      prompts.add(ids);
      scored += ids.length;
      newTokens.add(
          parts.limits().newTokens(ids.length, generation.maxNewTokens(), generation.ending()));
    }
    if (generation.promptLogprobs().orElse(-1) >= 0) {
      parts.limits().checkScored(scored);
    }
    Asked.ForText banned = new Asked.ForText(generation, asked.asker());
    return new StreamingRequest(getContext(), timers, parts, order, banned, leases, prompts)
        .begin(composition, newTokens);
  }

  private Behavior<Command> accept(Asked.ForVectors asked, Composition composition) {
    List<int[]> prompts = new ArrayList<>();
    long tokens = 0;
    for (Prompt prompt : asked.prompts()) {
      int[] ids = parts.prompts().read(prompt);
      tokens += ids.length;
      parts.limits().checkEmbedded(ids.length, tokens);
      prompts.add(ids);
    }
    return new EmbeddingRequest(getContext(), parts, order, asked, leases, prompts)
        .begin(composition);
  }

  /** Whatever goes wrong, the asker hears of it. */
  private Behavior<Command> answered(Supplier<Behavior<Command>> step) {
    try {
      return step.get();
    } catch (LorikeetException e) {
      return reject(End.of(e));
    } catch (RuntimeException e) {
      getContext().getLog().error("request {} failed", order.asked().requestId(), e);
      return reject(ErrorCode.INTERNAL, "the request could not be prepared");
    }
  }

  private Behavior<Command> reject(ErrorCode code, String message) {
    return reject(new End(code, message));
  }

  private Behavior<Command> reject(End end) {
    order.asked().reject(end.code(), end.message());
    return Behaviors.stopped();
  }
}
