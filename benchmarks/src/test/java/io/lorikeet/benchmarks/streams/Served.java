package io.lorikeet.benchmarks.streams;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.MadeUpModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.ExecutorProvider;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/** What draws the tokens of the streams. */
enum Served {
  /** The words of a phrase, drawn by an executor that computes nothing. */
  phrase {
    @Override
    LoadedModel model() {
      return ModelFolder.load(FOLDER);
    }

    @Override
    Supplier<Executor> executors(LoadedModel model, Settings settings, Load load, int[] phrase) {
      ExecutorInfo info = info(model, load);
      return () -> new PhraseExecutor(info, phrase);
    }
  },
  /** The demo model, on the CPU. */
  demo {
    @Override
    LoadedModel model() {
      return ModelFolder.load(FOLDER);
    }
  },
  /** Made-up weights in the shape of TinyLlama-1.1B, but with the demo's vocabulary. */
  tinyllama {
    @Override
    LoadedModel model() {
      ObjectNode config =
          JsonNodeFactory.instance
              .objectNode()
              .put("model_type", "llama")
              .put("num_hidden_layers", 22)
              .put("hidden_size", 2048)
              .put("intermediate_size", 5632)
              .put("num_attention_heads", 32)
              .put("num_key_value_heads", 4)
              .put("vocab_size", 2048)
              .put("max_position_embeddings", 2048)
              .put("tie_word_embeddings", false);
      return MadeUpModel.of(name(), config, "bf16", 1);
    }
  };

  /** Where the tokenizer comes from, whatever is served. */
  static final Path FOLDER = Path.of(System.getProperty("lorikeet.root"), "models", "demo");

  private static final int CONTEXT = 1 << 20;
  private static final int BLOCK_TOKENS = 16;

  /**
   * How much is asked for at once.
   *
   * @param streams that run at once
   * @param tokens that each of them has at most, prompt included
   */
  record Load(int streams, int tokens) {}

  abstract LoadedModel model();

  /** Opens executors of a model. */
  Supplier<Executor> executors(LoadedModel model, Settings settings, Load load, int[] phrase) {
    ExecutorProvider cpu =
        ServiceLoader.load(ExecutorProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(provider -> provider.device().equals("cpu"))
            .findFirst()
            .orElseThrow();
    return () -> cpu.open(model, settings.engine());
  }

  private static ExecutorInfo info(LoadedModel model, Load load) {
    return new ExecutorInfo(
        "phrase",
        "none",
        "none",
        1,
        load.streams() * Math.ceilDiv(load.tokens(), BLOCK_TOKENS),
        BLOCK_TOKENS,
        Math.max(256, load.streams()),
        1,
        load.streams(),
        model.spec().vocab(),
        1,
        CONTEXT,
        1,
        0);
  }
}
