package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplerAllocationTest {
  private static final int ROUNDS = 200;
  private static final TokenHistory NO_HISTORY =
      TokenHistory.of(SamplingParams.GREEDY, new int[0], 0, 0, 0);

  /** A Token record, whether the JVM uses compact headers or not. */
  private static final long RESULT_BYTES = 32;

  @ParameterizedTest(name = "temperature {0} top_k {1} top_p {2} min_p {3}")
  @CsvSource({"0,0,1,0", "1,0,1,0", "0.7,40,1,0", "1.3,0,0.9,0", "1,0,1,0.05", "0.8,50,0.9,0.01"})
  void drawAllocatesNothingButItsResult(float temperature, int topK, float topP, float minP) {
    SamplingParams params = new SamplingParams(temperature, topK, topP, minP, 5L, -1);
    float[] logits = new float[5000];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 3;
    }
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    draws(sampler, logits, params);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    draws(sampler, logits, params);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;

    // The measurement itself may cost a little.
    assertTrue(bytes <= ROUNDS * RESULT_BYTES + 1024, () -> bytes + " bytes");
  }

  @Test
  void changedLogitsAllocateNothingEither() {
    SamplingParams params =
        new SamplingParams(
            0.8f,
            40,
            0.9f,
            0f,
            0.9f,
            new Penalties(1.2f, 0.1f, 0.1f),
            new TokenBias(new int[] {7, 8}, new float[] {1f, -1f}),
            new Withheld(new int[] {2}, 1 << 20),
            5L,
            -1);
    float[] logits = new float[5000];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 3;
    }
    int[] prompt = random.ints(300, 0, logits.length).toArray();
    TokenHistory history =
        TokenHistory.of(params, prompt, prompt.length, prompt.length, 300 + 2 * ROUNDS);
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    drawsOf(history, sampler, logits, params);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    drawsOf(history, sampler, logits, params);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;

    assertTrue(bytes <= ROUNDS * RESULT_BYTES + 1024, () -> bytes + " bytes");
  }

  private static void drawsOf(
      TokenHistory history, Sampler sampler, float[] logits, SamplingParams params) {
    for (int position = 300; position < 300 + ROUNDS; position++) {
      Drawn drawn = sampler.draw(logits, 0, params, history, position);
      if (drawn instanceof Drawn.Token token) {
        history.drawn(token.id());
      }
    }
  }

  private static void draws(Sampler sampler, float[] logits, SamplingParams params) {
    for (int position = 0; position < ROUNDS; position++) {
      sampler.draw(logits, 0, params, NO_HISTORY, position);
    }
  }
}
