package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenHistoryTest {
  private static final SamplingParams LOOKING =
      new SamplingParams(
          1f, 0, 1f, 0f, 1f, new Penalties(1.1f, 0f, 0f), TokenBias.NONE, Withheld.NONE, 0L, -1);

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void countsWhatWasDrawnAndRemembersThePrompt(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      int length = 1 + random.nextInt(200);
      int vocab = 1 + random.nextInt(300);
      int prompt = random.nextInt(length + 1);
      int known = prompt + random.nextInt(length - prompt + 1);
      int[] tokens = random.ints(length, 0, vocab).map(id -> id * 1024).toArray();

      TokenHistory history = TokenHistory.of(LOOKING, tokens, known, prompt, length);
      for (int i = known; i < length; i++) {
        history.drawn(tokens[i]);
      }

      Map<Integer, Integer> expected = new HashMap<>();
      for (int i = 0; i < length; i++) {
        expected.merge(tokens[i], i < prompt ? 0 : 1, Integer::sum);
      }
      assertEquals(expected, counts(history), "seed " + seed + " round " + round);
    }
  }

  @Test
  void tokensThatNobodyLooksAtAreNotCounted() {
    TokenHistory history = TokenHistory.of(SamplingParams.GREEDY, new int[] {1, 2}, 2, 1, 5);
    history.drawn(3);
    assertEquals(0, history.size());
    assertEquals(4, history.newTokens(5));
  }

  private static Map<Integer, Integer> counts(TokenHistory history) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < history.size(); i++) {
      counts.put(history.id(i), history.drawnCount(i));
    }
    assertEquals(counts.size(), history.size());
    return counts;
  }
}
