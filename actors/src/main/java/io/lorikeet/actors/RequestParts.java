package io.lorikeet.actors;

import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.engine.text.TextModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What all requests of an engine share.
 *
 * @param modelName name of the base
 * @param endTokens ids that end an answer
 * @param adapterWait longest wait for an adapter before a request is refused
 * @param readWait longest time that a reader may take to attach, or to take an event
 * @param clock nanoseconds, the clock of the step loop
 */
record RequestParts(
    String modelName,
    RequestLimits limits,
    PromptReader prompts,
    Optional<TextModel> text,
    List<Integer> endTokens,
    Duration adapterWait,
    Duration readWait,
    EngineMetrics metrics,
    LongSupplier clock,
    ActorRef<BatchingActor.Command> batching,
    ActorRef<AdapterManagerActor.Command> adapters) {}
