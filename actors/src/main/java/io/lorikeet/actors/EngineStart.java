package io.lorikeet.actors;

import com.typesafe.config.Config;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.calls.CallFormat;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What {@link LorikeetEngine#start} needs.
 *
 * @param modelName under which the base is asked for
 * @param text empty: token ids only
 * @param executors opens an executor; called on the thread that will use it, again when one is lost
 * @param adapterRoots folders whose sub-folders are adapters
 * @param adapterEntries single adapter folders by name; they stand before the roots
 * @param rights whether a principal (first) may use an adapter (second)
 * @param wallClock for templates that ask for the date
 * @param overrides Pekko settings that stand before all others
 */
public record EngineStart(
    Settings settings,
    LoadedModel model,
    String modelName,
    Optional<TextModel> text,
    Supplier<Executor> executors,
    List<Path> adapterRoots,
    Map<String, Path> adapterEntries,
    BiPredicate<String, String> rights,
    Clock wallClock,
    Config overrides) {
  public EngineStart {
    adapterRoots = List.copyOf(adapterRoots);
    adapterEntries = Map.copyOf(adapterEntries);
  }

  Wiring wiring(EngineMetrics metrics, Health health, LongSupplier clock) {
    return new Wiring(
        settings,
        modelName,
        model.eosTokenIds(),
        text,
        text.flatMap(t -> TemplateChats.of(t, settings.requests(), wallClock)),
        executors,
        source(),
        rights,
        metrics,
        health,
        clock);
  }

  private RegisteredSource source() {
    FolderSource folders =
        new FolderSource(adapterRoots, adapterEntries, settings.adapters(), model, text);
    return new RegisteredSource(
        folders, folders, settings.adapters().roots(), settings.adapters().registeredMax());
  }

  Function<ExecutorInfo, Engine.ServedModel> model(Optional<ChatRenderer> chats) {
    Engine.ToolUse tools = tools(chats.map(ChatRenderer::tools).orElse(Engine.ToolUse.NONE));
    return executor ->
        new Engine.ServedModel(
            modelName,
            model.fingerprint(),
            model.spec().modelType(),
            Wiring.totalTokens(executor, settings.requests()),
            executor.vocabSize(),
            wallClock.instant().getEpochSecond(),
            text.isPresent(),
            chats.isPresent(),
            tools);
  }

  private Engine.ToolUse tools(Engine.ToolUse found) {
    return switch (settings.toolCalls()) {
      case AUTO -> found;
      case HERMES -> found.withCalls(CallFormat.HERMES);
      case LLAMA3 -> found.withCalls(CallFormat.LLAMA3);
      case MISTRAL -> found.withCalls(CallFormat.MISTRAL);
      case JSON -> found.withCalls(CallFormat.JSON);
      case NONE -> new Engine.ToolUse(found.declared(), Optional.empty());
    };
  }
}
