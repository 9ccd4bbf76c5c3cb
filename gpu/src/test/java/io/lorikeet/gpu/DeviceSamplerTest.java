package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.sample.Drawn;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.Sampler;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.TokenHistory;
import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Gpu;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel that draws, against the CPU's sampler: the same token from the same logits. */
final class DeviceSamplerTest {
  private static final int ROWS = 24;

  private record Case(
      float[] logits, SamplingParams params, int[] tokens, int prompt, int position) {
    TokenHistory history() {
      return TokenHistory.of(params, tokens, tokens.length, prompt, tokens.length + 8);
    }
  }

  private FakeDriver driver;
  private byte[] kernels;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    kernels = FakeDriver.kernels();
  }

  @ParameterizedTest(name = "vocabulary {0}, seed {1}")
  @CsvSource({
    "1, 1",
    "2, 2",
    "5, 3",
    "63, 4",
    "307, 5",
    "307, 6",
    "307, 7",
    "512, 8",
    "1030, 9",
    "5003, 10"
  })
  void drawsTheTokenThatTheCpuDraws(int vocab, long seed) throws Exception {
    driver.configure(
        "mode=random,seed=" + seed + ",simt=threads=random;blocks=random;seed=" + seed);
    Random random = new Random(seed);
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      cases.add(anyCase(vocab, random));
    }
    assertSame(vocab, cases, "seed " + seed);
  }

  @Test
  void rowsThatCanNotDrawSayWhy() throws Exception {
    driver.configure("mode=lazy");
    float inf = Float.POSITIVE_INFINITY;
    SamplingParams hot = new SamplingParams(1f, 0, 1f, 0f, 3, -1);
    SamplingParams none =
        new SamplingParams(
            1f,
            0,
            1f,
            0f,
            1f,
            Penalties.NONE,
            TokenBias.NONE,
            new Withheld(new int[] {1, 2}, 9),
            3,
            -1);
    float[][] rows = {
      {1, Float.NaN, 2, -inf},
      {1, inf, 2, 0},
      {-inf, -inf, -inf, -inf},
      {-inf, 3, 2, -inf},
      {1, 2, 3, 4}
    };
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      cases.add(new Case(rows[i], i == 3 ? none : hot, new int[0], 0, 1));
    }
    List<Integer> drawn = drawn(4, cases);
    assertEquals(List.of(-1, -1, -2, -3), drawn.subList(0, 4));
    assertTrue(drawn.get(4) >= 0);
    assertSame(4, cases, "rows without a token");
  }

  @Test
  void listsThatDoNotFitTogetherAreDrawnInSeveralLaunches() throws Exception {
    int vocab = 4_001;
    Random random = new Random(8);
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      int[] allowed = random.ints(3_000, 0, vocab).distinct().sorted().toArray();
      cases.add(
          new Case(
              normals(vocab, random),
              params(1f, 0, 1f, 0f, 1f, Penalties.NONE, new TokenRules(new int[0][], allowed), i),
              new int[0],
              0,
              5));
    }
    driver.configure("mode=lazy");
    assertSame(vocab, cases, "long lists");
    assertTrue(driver.counts().launches() > 1, "one launch for all");
  }

  private static SamplingParams params(
      float temperature,
      int topK,
      float topP,
      float minP,
      float typicalP,
      Penalties penalties,
      TokenRules rules,
      long seed) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        penalties,
        TokenBias.NONE,
        Withheld.NONE,
        rules,
        seed,
        -1);
  }

  private static Case anyCase(int vocab, Random random) {
    int[] tokens = random.ints(random.nextInt(40), 0, vocab).toArray();
    int prompt = tokens.length / 3;
    Penalties penalties =
        random.nextBoolean()
            ? Penalties.NONE
            : new Penalties(
                pick(random, 1f, 1.3f, 0.7f), pick(random, 0f, 0.4f), pick(random, 0f, -0.6f));
    int[] ids = random.ints(random.nextInt(4), 0, vocab).distinct().toArray();
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = pick(random, -100f, 1.5f, 1e38f, -3e38f);
    }
    int[] last = tokens.length == 0 ? new int[0] : new int[] {tokens[tokens.length - 1]};
    int[][] banned = {
      {random.nextInt(vocab)},
      IntStream.concat(Arrays.stream(last), IntStream.of(random.nextInt(vocab))).toArray(),
      {random.nextInt(vocab), random.nextInt(vocab)}
    };
    int[] allowed = random.ints(vocab / 2 + 1, 0, vocab).distinct().sorted().toArray();
    TokenRules rules =
        new TokenRules(
            random.nextInt(3) == 0 ? banned : new int[0][],
            random.nextInt(4) == 0 ? allowed : new int[0]);
    SamplingParams params =
        new SamplingParams(
            pick(random, 0f, 0.05f, 0.7f, 1f, 8f),
            random.nextBoolean() ? 0 : 1 + random.nextInt(vocab),
            pick(random, 1f, 0.95f, 0.5f, 0.1f, 1e-6f),
            pick(random, 0f, 0f, 0.02f, 0.3f, 1f),
            pick(random, 1f, 1f, 0.9f, 0.3f),
            penalties,
            new TokenBias(ids, values),
            random.nextInt(3) == 0
                ? new Withheld(random.ints(2, 0, vocab).toArray(), random.nextInt(40))
                : Withheld.NONE,
            rules,
            random.nextLong(),
            -1);
    return new Case(logits(vocab, random), params, tokens, prompt, tokens.length);
  }

  private static float[] logits(int vocab, Random random) {
    float[] logits = normals(vocab, random);
    switch (random.nextInt(5)) {
      case 0 -> change(logits, x -> Math.round(2 * x)); // many are equal
      case 1 -> Arrays.fill(logits, 2.5f);
      case 2 -> {
        for (int i = 1; i < vocab; i += 3) {
          logits[i] = Float.NEGATIVE_INFINITY;
        }
      }
      case 3 -> change(logits, x -> x * 1e30);
      default -> {}
    }
    return logits;
  }

  private static void change(float[] values, DoubleUnaryOperator by) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) by.applyAsDouble(values[i]);
    }
  }

  private static float[] normals(int vocab, Random random) {
    float[] values = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      values[i] = (float) (3 * random.nextGaussian());
    }
    return values;
  }

  private static float pick(Random random, float... values) {
    return values[random.nextInt(values.length)];
  }

  private void assertSame(int vocab, List<Case> cases, String what) throws Exception {
    List<Integer> drawn = drawn(vocab, cases);
    Sampler sampler = new Sampler(new ScalarKernels(), vocab);
    for (int i = 0; i < cases.size(); i++) {
      Case each = cases.get(i);
      Drawn expected = sampler.draw(each.logits, 0, each.params, each.history(), each.position);
      Drawn actual =
          drawn.get(i) < 0
              ? DeviceSampler.undrawn(drawn.get(i))
              : new Drawn.Token(drawn.get(i), Float.NaN, new int[0], new float[0]);
      String which = what + ", row " + i + ": " + each.params;
      if (expected instanceof Drawn.Token token) {
        assertEquals(token.id(), assertInstanceOf(Drawn.Token.class, actual, which).id(), which);
      } else {
        assertEquals(expected, actual, which);
      }
    }
  }

  /** What the device draws; every seat then has its row's token. */
  private List<Integer> drawn(int vocab, List<Case> cases) {
    Gpu gpu = assertInstanceOf(Gpu.Search.Found.class, Gpu.find(13000)).gpu();
    try (Context context = Context.open(gpu, kernels)) {
      int rows = cases.size();
      Stream stream = context.stream();
      DeviceBuffer logits = context.allocate((long) rows * vocab * Float.BYTES);
      PinnedBuffer host = context.pin((long) rows * vocab * Float.BYTES);
      DeviceBuffer last = context.allocate((long) rows * Integer.BYTES);
      PinnedBuffer drawn = context.pin((long) rows * Integer.BYTES);
      PinnedBuffer seats = context.pin((long) rows * Integer.BYTES);
      for (int i = 0; i < rows; i++) {
        long at = (long) i * vocab * Float.BYTES;
        MemorySegment.copy(cases.get(i).logits, 0, host.segment(), JAVA_FLOAT, at, vocab);
      }
      stream.copy(host, 0, logits, 0, host.segment().byteSize());
      DeviceSampler sampler =
          new DeviceSampler(context, stream, rows, vocab, logits.address(), last.address());
      sampler.begin();
      for (int i = 0; i < rows; i++) {
        Case each = cases.get(i);
        sampler.add(i, rows - 1 - i, each.params, each.history(), each.position);
      }
      sampler.launch();
      sampler.copyDrawn(drawn);
      stream.copy(last, 0, seats, 0, seats.segment().byteSize());
      stream.synchronize();
      List<Integer> tokens = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        int token = drawn.segment().getAtIndex(JAVA_INT, i);
        assertEquals(Math.max(0, token), seats.segment().getAtIndex(JAVA_INT, rows - 1 - i));
        tokens.add(token);
      }
      return tokens;
    }
  }
}
