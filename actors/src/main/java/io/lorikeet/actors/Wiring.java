package io.lorikeet.actors;

import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.text.TextModel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Everything that an engine's actors are made from.
 *
 * @param modelName under which the base is asked for
 * @param endTokens ids that end an answer
 * @param executors opens an executor, on the thread that will use it
 * @param rights whether a principal may use an adapter
 * @param clock nanoseconds, from any start
 */
record Wiring(
    Settings settings,
    String modelName,
    List<Integer> endTokens,
    Optional<TextModel> text,
    Optional<ChatRenderer> chats,
    Supplier<Executor> executors,
    RegisteredSource source,
    BiPredicate<String, String> rights,
    EngineMetrics metrics,
    Health health,
    LongSupplier clock) {
  AdapterManagerActor.Parts adapters() {
    return new AdapterManagerActor.Parts(
        settings.adapters(),
        source,
        new AdapterNumbers(settings.adapters().registeredMax()),
        rights,
        metrics,
        clock);
  }

  RegistrarActor.Parts registrar(ActorRef<AdapterManagerActor.Command> adapters) {
    return new RegistrarActor.Parts(
        source,
        rights,
        settings.adapters().loadTimeout(),
        settings.adapters().unloadWait(),
        clock,
        adapters);
  }

  BatchingActor.Parts batching(
      ActorRef<AdapterManagerActor.Command> adapters,
      ActorRef<? super BatchingActor.Opening> opening) {
    return new BatchingActor.Parts(
        executors,
        settings.schedule(),
        health,
        metrics,
        clock,
        new AtomicLong(),
        adapters,
        opening);
  }

  RequestParts requests(
      ExecutorInfo executor,
      ActorRef<BatchingActor.Command> batching,
      ActorRef<AdapterManagerActor.Command> adapters) {
    return new RequestParts(
        modelName,
        new RequestLimits(
            settings.requests(),
            adaptersMax(executor),
            totalTokens(executor),
            executor.vocabSize(),
            text.isPresent()),
        new PromptReader(
            text.map(TextModel::tokenizer), chats, totalTokens(executor), executor.vocabSize()),
        text,
        // One that the model can't draw ends nothing.
        endTokens.stream().filter(id -> id >= 0 && id < executor.vocabSize()).toList(),
        settings.schedule().queueWait(),
        settings.schedule().withoutCredit(),
        metrics,
        clock,
        batching,
        adapters);
  }

  // All adapters of a sequence must be on the device at once.
  private int adaptersMax(ExecutorInfo executor) {
    return Math.max(1, Math.min(settings.schedule().adaptersMax(), executor.slots()));
  }

  private int totalTokens(ExecutorInfo executor) {
    return totalTokens(executor, settings.requests());
  }

  /**
   * Prompt and new tokens of one sequence: the model's context, what the KV cache holds, or less.
   */
  static int totalTokens(ExecutorInfo executor, RequestSettings requests) {
    long held = (long) executor.kvBlocks() * executor.blockTokens();
    return requests.totalTokens((int) Math.min(executor.contextMax(), held));
  }
}
