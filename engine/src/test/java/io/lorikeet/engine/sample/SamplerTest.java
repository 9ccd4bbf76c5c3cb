package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.List;
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

  @Test
  void repetitionPenaltyMovesEveryTokenOfTheSequenceTowardsLessLikely() {
    SamplingParams params = changed(new Penalties(2f, 0f, 0f), TokenBias.NONE, Withheld.NONE);
    // Prompt 0 and 2, answer 3: halved from 0 up, doubled below.
    assertEquals(1, changed(params, 2, new float[] {3f, 2.5f, -1f, 4f, -1.5f}, 0, 2, 3));
    assertEquals(3, changed(params, 2, new float[] {3f, 1f, -1f, 4f, -1.5f}, 0, 2, 3));
    assertEquals(4, changed(params, 2, new float[] {NONE, NONE, -1f, NONE, -1.5f}, 0, 2, 3));
  }

  @Test
  void frequencyAndPresenceCountDrawnTokensOnly() {
    float[] logits = {5f, 4.5f, 4.25f, 0f};
    SamplingParams frequency = changed(new Penalties(1f, 0.5f, 0f), TokenBias.NONE, Withheld.NONE);
    SamplingParams presence = changed(new Penalties(1f, 0f, 0.5f), TokenBias.NONE, Withheld.NONE);
    // In the prompt only: nothing happens.
    assertEquals(0, changed(frequency, 2, logits, 0, 0));
    assertEquals(0, changed(presence, 2, logits, 0, 0));
    // Drawn once: 4.5, the lowest id of the equal ones; twice: 4 or 4.5.
    assertEquals(0, changed(frequency, 0, logits, 0));
    assertEquals(1, changed(frequency, 0, logits, 0, 0));
    assertEquals(0, changed(presence, 0, logits, 0, 0));
    assertEquals(1, changed(frequency, 0, logits, 0, 0, 0, 0));
    assertEquals(2, changed(frequency, 0, logits, 0, 0, 1));
  }

  @Test
  void negativePenaltiesMakeDrawnTokensMoreLikely() {
    SamplingParams params = changed(new Penalties(1f, -1f, -1f), TokenBias.NONE, Withheld.NONE);
    assertEquals(2, changed(params, 0, new float[] {1f, 0f, -0.5f}, 2));
  }

  @Test
  void biasIsAddedToItsTokensAfterThePenalties() {
    TokenBias bias = new TokenBias(new int[] {1, 2}, new float[] {100f, -100f});
    assertEquals(
        1, changed(changed(Penalties.NONE, bias, Withheld.NONE), 0, new float[] {50f, 0f, 99f}));
    // 2 / 2 + 3 = 4 and not (2 + 3) / 2 = 2.5.
    TokenBias small = new TokenBias(new int[] {1}, new float[] {3f});
    SamplingParams both = changed(new Penalties(2f, 0f, 0f), small, Withheld.NONE);
    assertEquals(1, changed(both, 1, new float[] {3f, 2f}, 1));
  }

  @Test
  void biasCannotBringBackAMaskedTokenNorMakeLogitsInfinite() {
    TokenBias bias = new TokenBias(new int[] {0, 1}, new float[] {100f, 3e38f});
    SamplingParams params = changed(Penalties.NONE, bias, Withheld.NONE);
    assertEquals(1, changed(params, 0, new float[] {NONE, 3e38f, 3.1e38f}));
  }

  @Test
  void withheldTokensComeOnlyOnceTheAnswerIsLongEnough() {
    Withheld ends = new Withheld(new int[] {1}, 2);
    for (SamplingParams params :
        List.of(
            changed(Penalties.NONE, TokenBias.NONE, ends),
            new SamplingParams(
                1e-3f, 0, 1f, 0f, 1f, Penalties.NONE, TokenBias.NONE, ends, 3L, -1))) {
      float[] logits = {1f, 9f, 2f};
      assertEquals(2, changed(params, 3, logits, 0, 0, 0));
      assertEquals(2, changed(params, 3, logits, 0, 0, 0, 2));
      assertEquals(1, changed(params, 3, logits, 0, 0, 0, 2, 2));
    }
  }

  @Test
  void nothingButWithheldTokensIsTheRowsFault() {
    SamplingParams params = changed(Penalties.NONE, TokenBias.NONE, new Withheld(new int[] {1}, 1));
    float[] logits = {NONE, 9f};
    assertInstanceOf(
        Drawn.Impossible.class, sampler(2).draw(logits, 0, params, history(params, 0), 0));
    assertArrayEquals(new float[] {NONE, 9f}, logits);
  }

  @Test
  void logprobsAreOfTheRawDistributionWhateverIsChanged() {
    TokenBias bias = new TokenBias(new int[] {0}, new float[] {50f});
    SamplingParams params =
        new SamplingParams(
            0f, 0, 1f, 0f, 1f, new Penalties(1f, 1f, 1f), bias, Withheld.NONE, 0L, 1);
    float[] logits = {0f, 0f};
    Drawn.Token token =
        assertInstanceOf(
            Drawn.Token.class, sampler(2).draw(logits, 0, params, history(params, 0, 1, 1), 2));
    assertEquals(0, token.id());
    assertEquals(-0.6931472f, token.logprob(), 1e-7f);
    assertEquals(-0.6931472f, token.topLogprobs()[0], 1e-7f);
  }

  @Test
  void aBannedPhraseTakesItsLastTokenOnlyBehindTheOthers() {
    SamplingParams params = ruled(new int[][] {{3, 2, 1}}, new int[0]);
    float[] logits = {0f, 9f, 2f, 3f};
    assertEquals(3, changed(params, 1, logits, 0, 3, 2));
    assertEquals(1, changed(params, 1, logits, 0, 2, 3));
    assertEquals(1, changed(params, 1, logits, 0, 2));
    assertEquals(1, changed(params, 1, logits, 3, 2), "the prompt does not count");
    assertEquals(3, changed(params, 0, logits, 3, 2));
    assertEquals(3, changed(params, 0, logits, 0, 1, 3, 2));
    assertArrayEquals(new float[] {0f, 9f, 2f, 3f}, logits);
  }

  @Test
  void aBannedPhraseOfOneTokenIsNeverDrawn() {
    SamplingParams params = ruled(new int[][] {{1}, {3}}, new int[0]);
    assertEquals(2, changed(params, 1, new float[] {0f, 9f, 2f, 3f}, 0));
  }

  @Test
  void onlyAllowedTokensAreDrawnWhateverTheirBias() {
    TokenBias bias = new TokenBias(new int[] {1}, new float[] {100f});
    SamplingParams params =
        changed(Penalties.NONE, bias, Withheld.NONE)
            .withRules(new TokenRules(new int[0][], new int[] {0, 2}));
    float[] logits = {0f, 9f, 2f, 3f};
    assertEquals(2, changed(params, 1, logits, 0));
    assertArrayEquals(new float[] {0f, 9f, 2f, 3f}, logits);
    SamplingParams warm =
        new SamplingParams(1f, 0, 1f, 0f, 7L, 1)
            .withRules(new TokenRules(new int[0][], new int[] {0, 2}));
    for (int position = 0; position < 100; position++) {
      Drawn drawn = sampler(4).draw(logits, 0, warm, history(warm, 0), position);
      Drawn.Token token = assertInstanceOf(Drawn.Token.class, drawn);
      assertTrue(token.id() == 0 || token.id() == 2, "drew " + token.id());
      assertEquals(1, token.topIds()[0], "log probabilities are of the raw distribution");
    }
  }

  @Test
  void nothingButBannedTokensIsTheRowsFault() {
    SamplingParams params = ruled(new int[][] {{1}}, new int[] {1});
    float[] logits = {0f, 9f};
    assertInstanceOf(
        Drawn.Impossible.class, sampler(2).draw(logits, 0, params, history(params, 0), 0));
    assertArrayEquals(new float[] {0f, 9f}, logits);
  }

  private static SamplingParams ruled(int[][] banned, int[] allowed) {
    return SamplingParams.GREEDY.withRules(new TokenRules(banned, allowed));
  }

  @Test
  void ranksCountFromOneAndTiesGoToTheLowestId() {
    float[] logits = {9f, 1f, 3f, 2f, 3f, NONE, 0f};
    Sampler sampler = sampler(6);
    // The row begins behind the first value.
    int[] expected = {4, 1, 3, 2, 6, 5};
    for (int id = 0; id < expected.length; id++) {
      assertEquals(expected[id], sampler.rank(logits, 1, id), "id " + id);
    }
  }

  @Test
  void typicalPTakesAwayTheLikeliestTokenWhenItTellsTooLittle() {
    // Probabilities 0.4, 0.2, 0.2, 0.2: entropy 1.33, information 0.92 and 1.61.
    float[] logits = {0.6931472f, 0f, 0f, 0f};
    SamplingParams half = typical(0.5f);
    assertArrayEquals(new int[] {1, 2, 3}, kept(half, logits));
    assertArrayEquals(new int[] {0, 1, 2, 3}, kept(typical(0.7f), logits));
    for (int position = 0; position < 100; position++) {
      Drawn drawn = sampler(4).draw(logits, 0, half, history(half, 0), position);
      assertTrue(assertInstanceOf(Drawn.Token.class, drawn).id() > 0);
    }
  }

  @Test
  void typicalPOfTwoTokensDiffersFromTopP() {
    // 0.9 and 0.1: the mean is nearer to the likely one.
    assertArrayEquals(new int[] {1}, kept(typical(0.5f), 0f, 2.1972246f));
    assertArrayEquals(new int[] {0, 1}, kept(typical(0.95f), 0f, 2.1972246f));
  }

  private static SamplingParams typical(float p) {
    return new SamplingParams(
        1f, 0, 1f, 0f, p, Penalties.NONE, TokenBias.NONE, Withheld.NONE, 3L, -1);
  }

  private static SamplingParams changed(Penalties penalties, TokenBias bias, Withheld withheld) {
    return new SamplingParams(0f, 0, 1f, 0f, 1f, penalties, bias, withheld, 0L, -1);
  }

  /** The id that a sequence with these tokens draws. */
  private static int changed(SamplingParams params, int prompt, float[] logits, int... tokens) {
    TokenHistory history = history(params, prompt, tokens);
    Drawn drawn = sampler(logits.length).draw(logits, 0, params, history, tokens.length);
    return assertInstanceOf(Drawn.Token.class, drawn).id();
  }

  private static TokenHistory history(SamplingParams params, int prompt, int... tokens) {
    return TokenHistory.of(params, tokens, tokens.length, prompt, tokens.length);
  }

  private static SamplingParams cut(int topK, float topP, float minP) {
    return new SamplingParams(1f, topK, topP, minP, 3L, 0);
  }

  private static Sampler sampler(int vocab) {
    return new Sampler(new ScalarKernels(), vocab);
  }

  private static int[] kept(SamplingParams params, float... logits) {
    return sampler(logits.length).kept(logits, 0, params, history(params, 0));
  }

  private static Drawn.Token draw(SamplingParams params, float... logits) {
    Drawn drawn = sampler(logits.length).draw(logits, 0, params, 17);
    return assertInstanceOf(Drawn.Token.class, drawn);
  }
}
