package io.lorikeet.actors;

import io.lorikeet.actors.RequestActor.Command;
import io.lorikeet.actors.RequestActor.Notice;
import io.lorikeet.actors.RequestActor.Order;
import io.lorikeet.actors.metrics.EngineMetrics.Finished;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.schedule.EndReason;
import io.lorikeet.engine.schedule.SequenceRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * An accepted request for vectors: submits its prompts and answers when all are pooled. Leases and
 * sequences go with its end.
 */
final class EmbeddingRequest extends AbstractMatchingBehavior<Command> {
  private final RequestParts parts;
  private final Order order;
  private final Asked.ForVectors asked;
  private final Leases leases;
  private final List<int[]> prompts;
  private final float[][] vectors; // [prompts]; empty ones are not there yet
  // Prompts whose sequence the step loop still holds, as far as we know.
  private final Set<Integer> running = new HashSet<>();

  EmbeddingRequest(
      ActorContext<Command> context,
      RequestParts parts,
      Order order,
      Asked.ForVectors asked,
      Leases leases,
      List<int[]> prompts) {
    super(context);
    this.parts = parts;
    this.order = order;
    this.asked = asked;
    this.leases = leases;
    this.prompts = prompts;
    this.vectors = new float[prompts.size()][0];
  }

  Behavior<Command> begin(Composition composition) {
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      running.add(prompt);
      parts
          .batching()
          .tell(
              new BatchingActor.Submit(
                  sequence(prompt, composition), getContext().getSelf().narrow()));
    }
    return this;
  }

  private SequenceRequest sequence(int prompt, Composition composition) {
    return new SequenceRequest(
        order.firstSequence() + prompt,
        asked.principal(),
        composition,
        prompts.get(prompt).clone(),
        0,
        SamplingParams.GREEDY,
        new int[0],
        1, // never spent; who has none waits for its reader
        order.deadlineNanos(SequenceRequest.NO_DEADLINE),
        -1,
        asked.embedding().pooling(),
        false);
  }

  @Override
  public Behavior<Command> onMessage(Command message) {
    return switch (message) {
      case SequenceEvent.Pooled(long id, float[] vector) -> {
        vectors[prompt(id)] = vector;
        yield this;
      }
      case SequenceEvent.Ended(long id, EndReason reason) -> ended(prompt(id), reason);
      case RequestActor.End(ErrorCode code, String text) -> fail(code, text);
      case Notice.DEADLINE -> fail(ErrorCode.DEADLINE_EXCEEDED, late());
      case Notice.ENGINE_GONE -> fail(ErrorCode.EXECUTOR_LOST, "the engine has stopped");
      case Notice.READER_GONE -> {
        finish(Finished.ABORT);
        asked.reject(ErrorCode.SLOW_CLIENT, "nobody waits for the vectors any more");
        yield Behaviors.stopped();
      }
      case Notice.READER_LATE, Notice.ADAPTER_LATE -> Behaviors.unhandled();
      case SequenceEvent.Tokens _, SequenceEvent.Scores _ -> Behaviors.unhandled();
      case RequestProtocol _, AdapterManagerActor.Resolution _ -> Behaviors.unhandled();
    };
  }

  private Behavior<Command> ended(int prompt, EndReason reason) {
    running.remove(prompt);
    return switch (reason) {
      case EndReason.Length _ -> running.isEmpty() ? answer() : this;
      case EndReason.Deadline _ -> fail(ErrorCode.DEADLINE_EXCEEDED, late());
      case EndReason.Rejected(ErrorCode code, String text) -> fail(code, text);
      case EndReason.Failed(ErrorCode code, String text) -> fail(code, text);
      case EndReason.Cancelled _, EndReason.SlowClient _, EndReason.Stop _ ->
          fail(ErrorCode.INTERNAL, "the sequence ended unasked");
    };
  }

  private Behavior<Command> answer() {
    finish(Finished.STOP);
    asked
        .asker()
        .tell(
            new EmbeddingResult.Embedded(
                leases.answerer(), new ArrayList<>(Arrays.asList(vectors)), promptTokens()));
    return Behaviors.stopped();
  }

  private Behavior<Command> fail(ErrorCode code, String text) {
    finish(Finished.ERROR);
    asked.reject(code, text);
    return Behaviors.stopped();
  }

  private String late() {
    return asked.embedding().timeout().isPresent()
        ? "`timeout` is over"
        : "the vectors must be there within %d s".formatted(asked.timeoutMax().toSeconds());
  }

  private void finish(Finished reason) {
    running.forEach(
        prompt -> parts.batching().tell(new BatchingActor.Cancel(order.firstSequence() + prompt)));
    for (Lease lease : leases.all()) {
      parts
          .adapters()
          .tell(new AdapterManagerActor.Release(getContext().getSelf().narrow(), lease.id()));
    }
    parts.metrics().finished(reason);
    parts.metrics().request(parts.clock().getAsLong() - order.arrivedNanos(), promptTokens(), 0);
  }

  private int promptTokens() {
    return prompts.stream().mapToInt(ids -> ids.length).sum();
  }

  private int prompt(long id) {
    return Math.toIntExact(id - order.firstSequence());
  }
}
