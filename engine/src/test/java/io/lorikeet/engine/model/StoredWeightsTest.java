package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.TensorView;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StoredWeightsTest {
  // q and o, k and v, the feed-forward layer, two norms.
  private static final long LLAMA_LAYER = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 100 + 2 * 64;

  @Test
  void everyParameterOfAFolderCountsOnce() {
    long parameters = 2 * LLAMA_LAYER + 2 * 307 * 64 + 64;

    assertEquals(
        new StoredWeights(parameters, 4 * parameters, Map.of("F32", parameters)), read("llama"));
  }

  @Test
  void tensorsOfAllShardsCount() {
    JsonNode said =
        Fixtures.json(Fixtures.path("models", "llama-sharded", "model.safetensors.index.json"))
            .get("metadata");
    StoredWeights weights = read("llama-sharded");

    assertEquals(said.get("total_parameters").longValue(), weights.parameters());
    assertEquals(said.get("total_size").longValue(), weights.bytes());
  }

  @Test
  void aTiedMatrixCountsOnceEvenWhereTheFileRepeatsIt() {
    TensorView matrix = view("BF16", 4, 2, 16);
    StoredWeights weights =
        StoredWeights.of(
            Map.of("embedding", List.of(4, 2)), Map.of("embedding", matrix, "head", matrix));

    assertEquals(new StoredWeights(8, 16, Map.of("BF16", 8L)), weights);
  }

  @Test
  void typesAreCountedApart() {
    StoredWeights weights =
        StoredWeights.of(
            Map.of("a", List.of(4, 2), "b", List.of(3)),
            Map.of("a", view("BF16", 4, 2, 16), "b", view("F32", 3, 1, 12)));

    assertEquals(new StoredWeights(11, 28, Map.of("BF16", 8L, "F32", 3L)), weights);
  }

  @Test
  void aTensorThatIsGoneIsNamed() {
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class,
            () -> StoredWeights.of(Map.of("embedding", List.of(4)), Map.of()));

    assertEquals(ErrorCode.MODEL_TENSOR_MISSING, refusal.code());
  }

  private static StoredWeights read(String name) {
    return StoredWeights.read(Fixtures.path("models", name), Set.of());
  }

  private static TensorView view(String storage, long rows, long cols, int bytes) {
    return new TensorView(
        "w", storage, new long[] {rows, cols}, MemorySegment.ofArray(new byte[bytes]));
  }
}
