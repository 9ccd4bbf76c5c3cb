package io.lorikeet.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StrictJsonTest {
  @Test
  void objectKeepsTheOrderOfTheFile() {
    assertEquals(
        "{\"b\":1,\"a\":[true,null]}", read("{\"b\": 1, \"a\": [true, null]}\n").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "{}{}",
        "{} 1",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":\"\n\"}",
        "{} // comment",
        "{/**/}",
        "\uFEFF{}"
      })
  void anythingElseIsRefused(String text) {
    assertThrows(LorikeetException.class, () -> read(text));
  }

  @Test
  void depthPassesUpToItsLimit() {
    assertEquals(1, read("{\"a\":" + "[".repeat(9) + "]".repeat(9) + "}").size());
    String deeper = "{\"a\":" + "[".repeat(10) + "]".repeat(10) + "}";
    assertThrows(LorikeetException.class, () -> read(deeper));
    assertThrows(LorikeetException.class, () -> read("{\"a\":" + "[".repeat(1_000_000)));
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] bytes = {'{', '"', (byte) 0xc3, '"', ':', '1', '}'};
    assertThrows(
        LorikeetException.class, () -> StrictJson.readObject(bytes, 10, StrictJsonTest::invalid));
  }

  @Test
  void numberOfAnyLengthEndsInAValueOrARefusal() {
    assertThrows(LorikeetException.class, () -> read("{\"a\":" + "9".repeat(100_000) + "}"));
    assertEquals(Double.POSITIVE_INFINITY, read("{\"a\":1e999999}").get("a").doubleValue());
  }

  @Test
  void fileIsReadUpToItsLimit(@TempDir Path temp) throws IOException {
    Path file = Files.writeString(temp.resolve("config.json"), "{\"a\": 1}");
    assertEquals(1, StrictJson.readConfig(file, FileFamily.MODEL, limit(8)).size());
    assertCode(ErrorCode.MODEL_CONFIG_INVALID, file, limit(7));
    assertCode(ErrorCode.MODEL_CONFIG_MISSING, temp.resolve("other.json"), limit(8));
    assertCode(ErrorCode.MODEL_CONFIG_MISSING, temp, limit(8));
  }

  private static void assertCode(ErrorCode code, Path file, FileLimits limits) {
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class, () -> StrictJson.readConfig(file, FileFamily.MODEL, limits));
    assertEquals(code, refusal.code());
  }

  private static FileLimits limit(long bytes) {
    return new FileLimits(10, 10, bytes, 10);
  }

  private static LorikeetException invalid(String message) {
    return new LorikeetException(ErrorCode.MODEL_CONFIG_INVALID, message);
  }

  private static ObjectNode read(String text) {
    return StrictJson.readObject(
        text.getBytes(StandardCharsets.UTF_8), 10, StrictJsonTest::invalid);
  }
}
