package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.kernels.Philox;
import org.junit.jupiter.api.Test;

final class PhiloxTest {
  private final Philox philox = new Philox();
  private final GumbelMax gumbel = new GumbelMax();

  @Test
  void blocksAreThePublishedOnes() {
    for (JsonNode block : SamplingFixtures.PHILOX.get("blocks")) {
      JsonNode counter = block.get("counter");
      JsonNode key = block.get("key");
      philox.block(
          word(counter, 0),
          word(counter, 1),
          word(counter, 2),
          word(counter, 3),
          word(key, 0),
          word(key, 1));
      for (int lane = 0; lane < 4; lane++) {
        assertEquals(word(block.get("out"), lane), philox.word(lane), () -> "block " + block);
      }
    }
  }

  @Test
  void wordsFollowSeedPositionAndId() {
    for (JsonNode words : SamplingFixtures.PHILOX.get("words")) {
      gumbel.begin(
          Long.parseUnsignedLong(words.get("seed").textValue()), words.get("position").longValue());
      for (int i = 0; i < words.get("ids").size(); i++) {
        int id = words.get("ids").get(i).intValue();
        assertEquals(word(words.get("words"), i), gumbel.word(id), () -> id + " of " + words);
      }
    }
  }

  @Test
  void uniformIsExactAndNoiseHasTwelveDigits() {
    for (JsonNode f : SamplingFixtures.PHILOX.get("floats")) {
      int word = (int) f.get("word").longValue();
      assertEquals(f.get("u").doubleValue(), GumbelMax.uniform(word));
      assertEquals(f.get("gumbel").doubleValue(), GumbelMax.noise(word), 1e-12);
    }
  }

  private static int word(JsonNode words, int index) {
    return (int) words.get(index).longValue();
  }
}
