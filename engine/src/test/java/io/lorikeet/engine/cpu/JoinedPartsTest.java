package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.MadeUpModel;
import io.lorikeet.engine.spi.Binding;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * In a model so wide that workers have several parts each, rows of many adapters have the bits that
 * they have alone, where parts are not joined.
 */
final class JoinedPartsTest {
  private static final int ADAPTERS = 6;
  private static final LoadedModel MODEL =
      MadeUpModel.of(
          "wide",
          JsonNodeFactory.instance
              .objectNode()
              .put("model_type", "llama")
              .put("num_hidden_layers", 2)
              .put("hidden_size", 1024)
              .put("intermediate_size", 1400)
              .put("num_attention_heads", 16)
              .put("num_key_value_heads", 2)
              .put("vocab_size", 96)
              .put("max_position_embeddings", 64)
              .put("rms_norm_eps", 1e-5)
              .put("hidden_act", "silu"),
          "bf16",
          1);

  @ParameterizedTest(name = "{0} threads")
  @ValueSource(ints = {1, 2, 3})
  void rowsOfManyAdaptersHaveTheBitsThatTheyHaveAlone(int threads) {
    List<Request> requests =
        IntStream.range(0, ADAPTERS)
            .mapToObj(slot -> Request.adapted(new int[] {7 + slot, 8, 9}, 3, slot))
            .toList();
    try (CpuExecutor executor =
        TestModels.open(MODEL, threads, CpuExecutorProvider.kernels("auto"))) {
      for (int slot = 0; slot < ADAPTERS; slot++) {
        var image = TestAdapters.plain(MODEL.spec(), new Random(slot));
        executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
      }
      List<Answer> together =
          new StepDriver(executor, new Random(threads), left -> left).run(requests);

      for (int i = 0; i < ADAPTERS; i++) {
        Answer alone =
            new StepDriver(executor, new Random(i), left -> left)
                .run(List.of(requests.get(i)))
                .getFirst();
        assertEquals("", alone.failure());
        alone.assertSameBits(together.get(i), "adapter " + i);
      }
    }
  }
}
