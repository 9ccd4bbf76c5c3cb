package io.lorikeet.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TensorFolderTest {
  @TempDir Path temp;

  @BeforeEach
  void writeShards() throws IOException {
    Files.write(
        temp.resolve("one.safetensors"),
        new TensorBytes()
            .add("a", "F32", new long[] {1}, 1)
            .add("b", "F32", new long[] {1}, 2)
            .bytes());
    Files.write(
        temp.resolve("two.safetensors"),
        new TensorBytes().add("c", "F32", new long[] {1}, 3).bytes());
  }

  @Test
  void shardsAreReadAsTheIndexPlacesTheirTensors() throws IOException {
    index(
        "{\"metadata\": {\"total_size\": 12}, \"weight_map\":"
            + " {\"c\": \"two.safetensors\", \"a\": \"one.safetensors\", \"b\": \"one.safetensors\"}}");
    Map<String, TensorView> tensors = open();
    assertEquals(Set.of("a", "b", "c"), tensors.keySet());
    assertEquals("c", tensors.values().iterator().next().name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                                              | MODEL_WEIGHTS_CORRUPT
          {}                                              | MODEL_WEIGHTS_CORRUPT
          {"weight_map": []}                              | MODEL_WEIGHTS_CORRUPT
          {"weight_map": {}}                              | MODEL_WEIGHTS_CORRUPT
          {"weight_map": {"a": 1}}                        | MODEL_WEIGHTS_CORRUPT
          {"weight_map": {"a": "one.safetensors", "a": "one.safetensors"}} | MODEL_WEIGHTS_CORRUPT
          {"weight_map": {"a": "one.safetensors"}}        | MODEL_WEIGHTS_CORRUPT
          {"weight_map": {"c": "one.safetensors"}}        | MODEL_TENSOR_MISSING
          {"weight_map": {"a": "three.safetensors"}}      | MODEL_WEIGHTS_MISSING
          {"weight_map": {"a": "../one.safetensors"}}     | MODEL_PATH_FORBIDDEN
          {"weight_map": {"a": "/etc/passwd"}}            | MODEL_PATH_FORBIDDEN
          {"weight_map": {"a": ""}}                       | MODEL_PATH_FORBIDDEN
          {"weight_map": {"a": "index"}}                  | MODEL_WEIGHTS_MISSING
          """)
  void indexThatDoesNotFitIsRefused(String json, ErrorCode code) throws IOException {
    Files.createDirectories(temp.resolve("index"));
    index(json);
    assertRefused(code, FileLimits.DEFAULT);
  }

  @Test
  void indexPassesUpToItsTensorsAndBytes() throws IOException {
    String json = "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}";
    index(json);
    assertEquals(2, open(new FileLimits(json.length() + 100, 2, 10, 10)).size());
    assertRefused(ErrorCode.MODEL_WEIGHTS_CORRUPT, new FileLimits(1000, 1, 10, 10));
    assertRefused(ErrorCode.MODEL_WEIGHTS_CORRUPT, new FileLimits(json.length() - 1, 2, 10, 10));
  }

  @Test
  void singleFileNeedsNoIndex() throws IOException {
    Files.copy(temp.resolve("two.safetensors"), temp.resolve("model.safetensors"));
    assertEquals(Set.of("c"), open().keySet());
  }

  @Test
  void folderWithoutWeightsSaysWhatItHas() throws IOException {
    assertRefused(ErrorCode.MODEL_WEIGHTS_MISSING, FileLimits.DEFAULT);
    Files.write(temp.resolve("pytorch_model.bin"), new byte[1]);
    assertRefused(ErrorCode.MODEL_WEIGHTS_NOT_SAFETENSORS, FileLimits.DEFAULT);
  }

  private void index(String json) throws IOException {
    Files.writeString(temp.resolve("model.safetensors.index.json"), json);
  }

  private Map<String, TensorView> open() {
    return open(FileLimits.DEFAULT);
  }

  private Map<String, TensorView> open(FileLimits limits) {
    return TensorFolder.open(temp, FileFamily.MODEL, limits, Arena.ofAuto());
  }

  private void assertRefused(ErrorCode code, FileLimits limits) {
    LorikeetException refusal = assertThrows(LorikeetException.class, () -> open(limits));
    assertEquals(code, refusal.code(), refusal.getMessage());
  }
}
