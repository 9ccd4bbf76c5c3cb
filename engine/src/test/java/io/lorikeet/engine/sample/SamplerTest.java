package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.kernels.reference.ScalarKernels;
import org.junit.jupiter.api.Test;

final class SamplerTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;
  private static final SamplingParams PLAIN = new SamplingParams(1f, 0, 1f, 0f, 3L, 0);

  @Test
  void greedyTakesTheLowestIdOfEqualLogits() {
    assertEquals(1, draw(SamplingParams.GREEDY, 0f, 2f, 2f, -1f).id());
    assertEquals(0, draw(SamplingParams.GREEDY, -0f, 0f, -1f).id());
  }

  @Test
  void onlyTokenIsDrawnFromAVocabularyOfOne() {
    for (SamplingParams params : new SamplingParams[] {PLAIN, cut(1, 0.5f, 0.5f)}) {
      Drawn.Token token = draw(params, -7f);
      assertEquals(0, token.id());
      assertEquals(0f, token.logprob());
    }
  }

  @Test
  void notANumberOrPositiveInfinityIsTheRowsFault() {
    for (float bad : new float[] {Float.NaN, -Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int place = 0; place < 3; place++) {
        float[] logits = {1f, NONE, 2f};
        logits[place] = bad;
        for (SamplingParams params : new SamplingParams[] {SamplingParams.GREEDY, PLAIN}) {
          assertInstanceOf(Drawn.Impossible.class, sampler(3).draw(logits, 0, params, 1));
        }
      }
    }
  }

  @Test
  void rowWithoutAnyPossibleTokenIsTheRowsFault() {
    assertInstanceOf(
        Drawn.Impossible.class, sampler(2).draw(new float[] {NONE, NONE}, 0, PLAIN, 1));
  }

  @Test
  void samplerServesTheNextRowAfterAnImpossibleOne() {
    Sampler sampler = sampler(2);
    sampler.draw(new float[] {Float.NaN, 1f}, 0, PLAIN, 1);
    Drawn drawn = sampler.draw(new float[] {NONE, 1f}, 0, PLAIN, 1);
    assertEquals(1, assertInstanceOf(Drawn.Token.class, drawn).id());
  }

  @Test
  void maskedTokensAreNeverDrawn() {
    float[] logits = {NONE, -30f, NONE, -31f};
    SamplingParams[] all = {PLAIN, cut(3, 1f, 0f), cut(0, 0.99f, 0f), cut(0, 1f, 1e-6f)};
    for (SamplingParams params : all) {
      for (int position = 0; position < 200; position++) {
        Drawn drawn = sampler(4).draw(logits, 0, params, position);
        assertTrue(assertInstanceOf(Drawn.Token.class, drawn).id() % 2 == 1);
      }
    }
  }

  @Test
  void topKKeepsAllThatEqualTheKth() {
    assertArrayEquals(new int[] {0, 2, 3, 4}, kept(cut(2, 1f, 0f), 1f, 0f, 1f, 5f, 1f));
    assertArrayEquals(new int[] {3}, kept(cut(1, 1f, 0f), 1f, 0f, 1f, 5f, 1f));
    assertArrayEquals(new int[] {0, 1}, kept(cut(1, 1f, 0f), 0f, -0f));
  }

  @Test
  void topKBeyondTheVocabularyCutsNothing() {
    assertArrayEquals(new int[] {0, 1, 2}, kept(cut(3, 1f, 0f), 3f, 1f, 2f));
    assertArrayEquals(new int[] {0, 1, 2}, kept(cut(Integer.MAX_VALUE, 1f, 0f), 3f, 1f, 2f));
  }

  @Test
  void topPKeepsTheLowestIdsOfEqualOnes() {
    assertArrayEquals(new int[] {0, 1}, kept(cut(0, 0.5f, 0f), 1f, 1f, 1f, 1f));
    assertArrayEquals(new int[] {0, 1, 2}, kept(cut(0, 0.500001f, 0f), 1f, 1f, 1f, 1f));
    assertArrayEquals(new int[] {0, 3}, kept(cut(0, 0.6f, 0f), 1f, 1f, 1f, 2f));
  }

  @Test
  void oneTokenStaysHoweverSmallTopPIs() {
    for (float p : new float[] {1e-6f, Float.MIN_VALUE, 0f}) {
      assertArrayEquals(new int[] {1}, kept(cut(0, p, 0f), 0f, 1f, 1f));
    }
  }

  @Test
  void minPIsRelativeToTheMostLikelyToken() {
    assertArrayEquals(new int[] {0, 1}, kept(cut(0, 1f, 0.3f), 0f, -1f, -2f));
    assertArrayEquals(new int[] {0, 2}, kept(cut(0, 1f, 1f), 4f, 3.9999998f, 4f));
  }

  @Test
  void topPIsOfWhatTopKLeft() {
    // All: 0.643, 0.237, 0.087, 0.032. Of two: 0.731, 0.269.
    assertArrayEquals(new int[] {0, 1}, kept(cut(0, 0.7f, 0f), 0f, -1f, -2f, -3f));
    assertArrayEquals(new int[] {0}, kept(cut(2, 0.7f, 0f), 0f, -1f, -2f, -3f));
  }

  @Test
  void tinyTemperatureTakesTheLargestLogit() {
    for (float temperature : new float[] {1e-3f, 1e-30f, Float.MIN_VALUE}) {
      SamplingParams params = new SamplingParams(temperature, 0, 0.9f, 0f, 9L, 0);
      assertEquals(2, draw(params, -3e38f, 1f, 3e38f, 2.9e38f).id());
      assertEquals(2, draw(params, -5f, 1f, 1.5f, NONE).id());
    }
  }

  @Test
  void hugeLogitsKeepTheDigitsOfTheirLogprobs() {
    Drawn.Token token = draw(new SamplingParams(0f, 0, 1f, 0f, 0L, 2), 100000f, 100001f);
    assertEquals(-0.3132617f, token.topLogprobs()[0], 2e-7f);
    assertEquals(-1.3132617f, token.topLogprobs()[1], 2e-7f);
  }

  @Test
  void moreLogprobsThanTokensGivesAllTokens() {
    Drawn.Token token = draw(new SamplingParams(1f, 0, 1f, 0f, 0L, 9), 1f, NONE, 1f);
    assertArrayEquals(new int[] {0, 2, 1}, token.topIds());
    assertEquals(Float.NEGATIVE_INFINITY, token.topLogprobs()[2]);
  }

  @Test
  void logprobsAreLeftOutUnlessAskedFor() {
    Drawn.Token token = draw(SamplingParams.GREEDY, 1f, 2f);
    assertTrue(Float.isNaN(token.logprob()));
    assertEquals(0, token.topIds().length);
    assertEquals(0, draw(PLAIN, 1f, 2f).topLogprobs().length);
  }

  @Test
  void emptyVocabularyIsAProgrammersError() {
    assertThrows(IllegalArgumentException.class, () -> sampler(0));
  }

  private static SamplingParams cut(int topK, float topP, float minP) {
    return new SamplingParams(1f, topK, topP, minP, 3L, 0);
  }

  private static Sampler sampler(int vocab) {
    return new Sampler(new ScalarKernels(), vocab);
  }

  private static int[] kept(SamplingParams params, float... logits) {
    return sampler(logits.length).kept(logits, 0, params);
  }

  private static Drawn.Token draw(SamplingParams params, float... logits) {
    Drawn drawn = sampler(logits.length).draw(logits, 0, params, 17);
    return assertInstanceOf(Drawn.Token.class, drawn);
  }
}
