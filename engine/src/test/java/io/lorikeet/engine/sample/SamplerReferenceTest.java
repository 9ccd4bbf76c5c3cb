package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random rows against sorting, summing and trying everything in F64. */
final class SamplerReferenceTest {
  private static final TokenHistory NO_HISTORY =
      TokenHistory.of(SamplingParams.GREEDY, new int[0], 0, 0, 0);

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void cutsLeaveWhatSortingLeaves(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      float[] logits = logits(random, random.nextInt(1, 3000));
      SamplingParams params = params(random, logits.length);
      Sampler sampler = new Sampler(new ScalarKernels(), logits.length);

      int[] kept = sampler.kept(logits, 0, params, NO_HISTORY);

      // Both ways of rounding at the border of top-p and min-p are right.
      int[] fewer = reference(logits, params, -1e-5);
      int[] more = reference(logits, params, 1e-5);
      String message = "seed %d round %d %s".formatted(seed, round, params);
      assertTrue(kept.length >= fewer.length && kept.length <= more.length, message);
      assertTrue(contains(more, kept) && contains(kept, fewer), message);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {5, 6})
  void cutsOfALargeVocabularyLeaveWhatSortingLeaves(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] logits = logits(random, 128_256);
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    for (int topK : new int[] {1, 40, 1024, 1025, 20_000, 128_255}) {
      SamplingParams params = new SamplingParams(0.9f, topK, 1f, 0f, seed, -1);
      assertArrayEquals(
          reference(logits, params, 0),
          sampler.kept(logits, 0, params, NO_HISTORY),
          "top_k " + topK);
    }
    for (float topP : new float[] {0.1f, 0.9f, 0.9999f}) {
      SamplingParams params = new SamplingParams(1.2f, 0, topP, 0f, seed, -1);
      int[] kept = sampler.kept(logits, 0, params, NO_HISTORY);
      assertTrue(contains(reference(logits, params, 1e-5), kept), "top_p " + topP);
      assertTrue(contains(kept, reference(logits, params, -1e-5)), "top_p " + topP);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {51, 52})
  void allFacesOfTheKernelsGiveTheSameBits(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 50; round++) {
      float[] logits = logits(random, random.nextInt(1, 5000));
      SamplingParams cuts = params(random, logits.length);
      SamplingParams params =
          new SamplingParams(
              cuts.temperature(), cuts.topK(), cuts.topP(), cuts.minP(), cuts.seed(), 5);
      Drawn.Token scalar = draw(new ScalarKernels(), logits, params, round);
      for (int bits : new int[] {128, 256, 512}) {
        Drawn.Token vector = draw(VectorKernels.of(bits), logits, params, round);
        String message = "seed %d round %d bits %d".formatted(seed, round, bits);
        assertEquals(scalar.id(), vector.id(), message);
        assertEquals(scalar.logprob(), vector.logprob(), message);
        assertArrayEquals(scalar.topIds(), vector.topIds(), message);
        assertArrayEquals(scalar.topLogprobs(), vector.topLogprobs(), message);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {11, 12, 13})
  void drawnTokenIsTheArgmaxOverAllThatStay(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    GumbelMax words = new GumbelMax();
    for (int round = 0; round < 300; round++) {
      float[] logits = logits(random, random.nextInt(1, 3000));
      SamplingParams params = params(random, logits.length);
      int position = random.nextInt(1 << 20);
      Sampler sampler = new Sampler(new ScalarKernels(), logits.length);

      int drawn = id(sampler.draw(logits, 0, params, position));

      words.begin(params.seed(), position);
      double best = Double.NEGATIVE_INFINITY;
      int token = -1;
      for (int id : sampler.kept(logits, 0, params, NO_HISTORY)) {
        double sum = sampler.scaled(id) + GumbelMax.noise(words.word(id));
        if (sum > best) {
          best = sum;
          token = id;
        }
      }
      assertEquals(token, drawn, "seed %d round %d %s".formatted(seed, round, params));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {21, 22})
  void tokenDependsNeitherOnTheOffsetNorOnEarlierRows(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int vocab = 1500;
    Sampler shared = new Sampler(new ScalarKernels(), vocab);
    for (int round = 0; round < 200; round++) {
      float[] logits = logits(random, vocab);
      SamplingParams params = params(random, vocab);
      int offset = random.nextInt(100);
      float[] batch = new float[vocab + 200];
      Arrays.fill(batch, Float.NaN);
      System.arraycopy(logits, 0, batch, offset, vocab);

      int alone = id(new Sampler(new ScalarKernels(), vocab).draw(logits, 0, params, round));

      assertEquals(alone, id(shared.draw(batch, offset, params, round)), "round " + round);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {31, 32})
  void nextSeedAndNextPositionGiveOtherTokens(long seed) {
    float[] logits = new float[4096];
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    int[] tokens = row(sampler, logits, seed, 0);
    assertArrayEquals(tokens, row(sampler, logits, seed, 0));
    assertNotEquals(List.of(tokens[0], tokens[1]), List.of(tokens[1], tokens[2]));
    assertTrue(differences(tokens, row(sampler, logits, seed + 1, 0)) > 90);
    assertTrue(differences(tokens, row(sampler, logits, seed + (1L << 32), 0)) > 90);
    assertTrue(differences(tokens, row(sampler, logits, seed, 1)) > 90);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {41, 42})
  void fallingTemperatureEndsAtTheArgmax(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 100; round++) {
      float[] logits = logits(random, 500);
      Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
      int greedy = id(sampler.draw(logits, 0, SamplingParams.GREEDY, 0));
      int drawn =
          id(sampler.draw(logits, 0, new SamplingParams(1e-30f, 0, 1f, 0f, seed, -1), round));
      // Equal largest logits are equally likely at any temperature above 0.
      assertEquals(logits[greedy], logits[drawn], "seed %d round %d".formatted(seed, round));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {61, 62, 63})
  void typicalPLeavesWhatSortingLeaves(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      float[] logits = logits(random, random.nextInt(1, 2000));
      float p = (float) random.nextDouble(0.01, 0.999);
      float temperature = (float) random.nextDouble(0.3, 2);
      SamplingParams params = typical(temperature, p);

      int[] kept =
          new Sampler(new ScalarKernels(), logits.length).kept(logits, 0, params, NO_HISTORY);

      String message = "seed %d round %d p %s".formatted(seed, round, p);
      int[] fewer = typicalReference(logits, temperature, p - 1e-4, -1e-5);
      int[] more = typicalReference(logits, temperature, p + 1e-4, 1e-5);
      assertTrue(contains(more, kept) && contains(kept, fewer), message);
    }
  }

  private static SamplingParams typical(float temperature, float p) {
    return new SamplingParams(
        temperature, 0, 1f, 0f, p, Penalties.NONE, TokenBias.NONE, Withheld.NONE, 0L, -1);
  }

  /**
   * The ids that stay, ascending.
   *
   * @param slack added to the distance from the entropy at which the cut is made
   */
  private static int[] typicalReference(float[] logits, float temperature, double p, double slack) {
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    for (float logit : logits) {
      sum += Math.exp((logit - max) / temperature);
    }
    double[] information = new double[logits.length];
    double entropy = 0;
    List<Integer> order = new ArrayList<>();
    for (int id = 0; id < logits.length; id++) {
      information[id] = Math.log(sum) - (logits[id] - max) / temperature;
      if (logits[id] != Float.NEGATIVE_INFINITY) {
        order.add(id);
        entropy += information[id] * Math.exp(-information[id]);
      }
    }
    double mean = entropy;
    order.sort(Comparator.comparingDouble(id -> Math.abs(information[id] - mean)));
    double taken = 0;
    int last = 0;
    while (last < order.size() - 1 && taken + Math.exp(-information[order.get(last)]) < p) {
      taken += Math.exp(-information[order.get(last++)]);
    }
    double cut = Math.abs(information[order.get(last)] - mean) + slack;
    return order.stream()
        .filter(id -> Math.abs(information[id] - mean) <= cut)
        .mapToInt(Integer::intValue)
        .sorted()
        .toArray();
  }

  private static Drawn.Token draw(
      Kernels kernels, float[] logits, SamplingParams params, int position) {
    Drawn drawn = new Sampler(kernels, logits.length).draw(logits, 0, params, position);
    return assertInstanceOf(Drawn.Token.class, drawn);
  }

  private static int[] row(Sampler sampler, float[] logits, long seed, int from) {
    SamplingParams params = new SamplingParams(1f, 0, 1f, 0f, seed, -1);
    return IntStream.range(from, from + 100)
        .map(position -> id(sampler.draw(logits, 0, params, position)))
        .toArray();
  }

  private static int differences(int[] a, int[] b) {
    return (int) IntStream.range(0, a.length).filter(i -> a[i] != b[i]).count();
  }

  private static int id(Drawn drawn) {
    return assertInstanceOf(Drawn.Token.class, drawn).id();
  }

  // Some rows are coarse, so that many values are equal, and some hold masked tokens.
  private static float[] logits(SplittableRandom random, int vocab) {
    double width = random.nextDouble(0.1, 8);
    boolean coarse = random.nextInt(3) == 0;
    boolean masked = random.nextInt(3) == 0;
    float[] logits = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      double value = random.nextGaussian() * width;
      logits[i] = (float) (coarse ? Math.rint(value) : value);
      if (masked && random.nextInt(4) == 0) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
    logits[random.nextInt(vocab)] = (float) width;
    return logits;
  }

  private static SamplingParams params(SplittableRandom random, int vocab) {
    return new SamplingParams(
        (float) random.nextDouble(0.3, 2),
        random.nextBoolean() ? 0 : random.nextInt(1, vocab + 10),
        random.nextBoolean() ? 1f : (float) random.nextDouble(0.01, 0.999),
        random.nextBoolean() ? 0f : (float) random.nextDouble(0.001, 0.9),
        random.nextLong(),
        -1);
  }

  /**
   * The ids that stay, ascending.
   *
   * @param slack widens what top-p and min-p leave, relative to the whole
   */
  private static int[] reference(float[] logits, SamplingParams params, double slack) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] weights = new double[logits.length];
    List<Integer> order = new ArrayList<>();
    for (int id = 0; id < logits.length; id++) {
      weights[id] = Math.exp((logits[id] - max) / params.temperature());
      if (weights[id] > 0 && weights[id] >= params.minP() * (1 - slack)) {
        order.add(id);
      }
    }
    order.sort(Comparator.comparingDouble(id -> -(logits[id] + 0f)));
    if (params.topK() > 0 && params.topK() < order.size()) {
      float kth = logits[order.get(params.topK() - 1)];
      order.removeIf(id -> logits[id] < kth);
    }
    if (params.topP() < 1) {
      double limit =
          (1 - params.topP() - slack) * order.stream().mapToDouble(id -> weights[id]).sum();
      double removed = 0;
      while (order.size() > 1) {
        removed += weights[order.getLast()];
        if (removed > limit) {
          break;
        }
        order.removeLast();
      }
    }
    return order.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  private static boolean contains(int[] all, int[] some) {
    return Arrays.stream(some).allMatch(id -> Arrays.binarySearch(all, id) >= 0);
  }
}
