package io.lorikeet.actors;

import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.text.calls.CallFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;

/** A running engine as {@code http} and {@code cli} see it. Thread-safe; nothing here blocks. */
public interface Engine {
  ActorSystem<?> system();

  ServedModel model();

  ExecutorInfo executor();

  /** Starts a request; the stage always completes with an answer, never with a failure. */
  CompletionStage<Answer> generate(Generation generation);

  /**
   * Makes vectors of prompts; the stage always completes with a result, never with a failure.
   *
   * @param gone completes when nobody waits for them any more
   */
  CompletionStage<EmbeddingResult> embed(Embedding embedding, CompletionStage<Done> gone);

  /**
   * Works on text; the stage always completes with a result, never with a failure.
   *
   * @param principal who asks: limits are theirs
   */
  CompletionStage<TextResult> work(String principal, TextTask task);

  /** All adapters that can be asked for, by name. */
  CompletionStage<List<AdapterStatus>> adapters();

  /**
   * All adapters that can be asked for by number, by number. A number means the same adapter for as
   * long as the engine lives.
   */
  CompletionStage<List<NumberedAdapter>> numberedAdapters();

  /**
   * Lets a name stand for an adapter folder below a configured root, once it is loaded and checked.
   * A failed load leaves the name as it was. The stage always completes with an answer.
   */
  CompletionStage<AdapterChange> loadAdapter(AdapterOrder order);

  /**
   * Takes an adapter's name away until it is loaded again or the process starts anew. Answered when
   * no request runs with it any more, or after a bounded wait. The stage always completes with an
   * answer.
   */
  CompletionStage<AdapterChange> unloadAdapter(String principal, String name);

  /** The folder that a name was loaded from while the engine runs. */
  Optional<String> loadedFrom(String name);

  /** Whether the engine can serve, and its counts. */
  CompletionStage<EngineStatus> status();

  /** Metrics in the Prometheus text format. */
  String scrape();

  /**
   * The model that is served.
   *
   * @param name under which it is asked for
   * @param fingerprint of its config and weights
   * @param contextMax prompt and new tokens of one sequence
   * @param created seconds since 1970 when the server loaded it
   * @param hasTokenizer false: token ids only
   * @param hasChatTemplate false: no chat
   * @param tools what chats may have of tools
   */
  record ServedModel(
      String name,
      String fingerprint,
      String modelType,
      int contextMax,
      int vocabSize,
      long created,
      boolean hasTokenizer,
      boolean hasChatTemplate,
      ToolUse tools) {}

  /**
   * What the chat template and the model can do with tools.
   *
   * @param declared whether the template tells the model of them
   * @param calls how the model writes calls, where that is known
   */
  record ToolUse(boolean declared, Optional<CallFormat> calls) {
    /** No tools. */
    public static final ToolUse NONE = new ToolUse(false, Optional.empty());

    ToolUse withCalls(CallFormat format) {
      return new ToolUse(declared, Optional.of(format));
    }
  }

  /**
   * One adapter.
   *
   * @param generation hash of its content; empty before it was first loaded
   * @param state {@code registered}, {@code loading}, {@code host}, {@code device} or {@code
   *     failed}
   * @param reason why it failed, else empty
   * @param bytes of its image on the host, 0 where there is none
   * @param leases requests that use it now
   */
  record AdapterStatus(
      String name, String generation, String state, String reason, long bytes, int leases) {}

  /** One adapter and its number, >= 0. */
  record NumberedAdapter(int number, String name) {}

  /**
   * Health and counts.
   *
   * @param ready the model is loaded, and while there is work, steps end
   * @param reason why it is not ready, else empty
   * @param loop counts of the step loop
   */
  record EngineStatus(boolean ready, String reason, LoopState loop) {}
}
