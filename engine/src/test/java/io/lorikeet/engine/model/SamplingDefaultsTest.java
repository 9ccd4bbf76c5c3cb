package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplingDefaultsTest {
  @TempDir Path folder;

  @Test
  void aFolderWithoutTheFileHasOpenAisDefaults() {
    assertEquals(SamplingDefaults.NONE, SamplingDefaults.read(folder));
  }

  @Test
  void theMakersAdviceIsRead() throws IOException {
    write(
        "{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9, \"top_k\": 20, \"min_p\": 0,"
            + " \"typical_p\": 0.95, \"repetition_penalty\": 1.05}");

    assertEquals(
        new SamplingDefaults(0.6, 20, 0.9, 0, 0.95, 1.05, List.of()),
        SamplingDefaults.read(folder));
  }

  @Test
  void fieldsThatHaveNoPartHereAreNamedUnlessTheyDoNothing() throws IOException {
    write("{\"no_repeat_ngram_size\": 3, \"eta_cutoff\": 0, \"num_beams\": 4, \"min_length\": 0}");

    assertEquals(
        List.of("no_repeat_ngram_size", "num_beams"), SamplingDefaults.read(folder).notApplied());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"bad_words_ids\": [[1]]}",
        "{\"suppress_tokens\": [1]}",
        "{\"begin_suppress_tokens\": [1]}",
        "{\"forced_bos_token_id\": 0}",
        "{\"forced_eos_token_id\": 2}",
        "{\"sequence_bias\": [[[1], 0.5]]}",
        "{\"stop_strings\": \"x\"}",
        "{\"num_beams\": 4}"
      })
  void whatWouldChangeAnswersIsRefusedUnlessItIsLeftAside(String text) throws IOException {
    write(text);
    String name = text.substring(2, text.indexOf('"', 2));
    SamplingDefaults read = SamplingDefaults.read(folder);

    LorikeetException e =
        assertThrows(LorikeetException.class, () -> read.refuseUnless(List.of("other")));

    assertEquals(ErrorCode.MODEL_FIELD_UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("`" + name + "`"), e.getMessage());
    assertEquals(List.of(name), read.refuseUnless(List.of(name)));
  }

  @Test
  void whatIsEmptyRefusesNothing() throws IOException {
    write(
        "{\"bad_words_ids\": null, \"suppress_tokens\": [], \"sequence_bias\": {},"
            + " \"num_beams\": 1}");
    assertEquals(List.of(), SamplingDefaults.read(folder).refuseUnless(List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"temperature\": -1}",
        "{\"temperature\": \"hot\"}",
        "{\"top_p\": 0}",
        "{\"top_p\": 1.5}",
        "{\"top_k\": -2}",
        "{\"min_p\": 2}",
        "{\"typical_p\": 0}",
        "{\"repetition_penalty\": 0}",
        "{\"repetition_penalty\": -1.1}"
      })
  void aValueOutsideItsRangeIsRefusedByName(String text) throws IOException {
    write(text);

    LorikeetException e =
        assertThrows(LorikeetException.class, () -> SamplingDefaults.read(folder));

    assertEquals(ErrorCode.MODEL_CONFIG_INVALID, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains(text.substring(2, 7)), e.getMessage());
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), text);
  }
}
