package io.lorikeet.engine.sample;

import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How long a draw takes: median over 9 of the mean of 60, microseconds. A main class, not a test.
 * Arguments: size of the vocabulary. Logits are normal with deviation 3, and a few tokens stand
 * out.
 */
final class SampleTiming {
  private static final int WARM_UPS = 3;
  private static final int MEANS = 9;
  private static final int DRAWS = 60;

  private SampleTiming() {}

  public static void main(String[] args) {
    float[] logits = logits(Integer.parseInt(args[0]));
    Kernels kernels =
        NativeKernels.absence().isEmpty() ? NativeKernels.preferred() : VectorKernels.preferred();
    Sampler sampler = new Sampler(kernels, logits.length);
    for (int i = 0; i < WARM_UPS; i++) {
      settings().values().forEach(params -> micros(sampler, logits, params));
    }
    settings()
        .forEach((name, params) ->
            System.out.printf("%-20s %4.0f us%n", name, micros(sampler, logits, params)));
  }

  private static float[] logits(int vocab) {
    SplittableRandom random = new SplittableRandom(7);
    float[] logits = new float[vocab];
    for (int id = 0; id < vocab; id++) {
      logits[id] = (float) (random.nextGaussian() * 3);
    }
    for (int i = 0; i < 20; i++) {
      logits[random.nextInt(vocab)] = (float) (14 + random.nextGaussian() * 2);
    }
    return logits;
  }

  private static Map<String, SamplingParams> settings() {
    Map<String, SamplingParams> settings = new LinkedHashMap<>();
    settings.put("greedy", SamplingParams.GREEDY);
    settings.put("temperature 0.8", new SamplingParams(0.8f, 0, 1f, 0f, 5L, -1));
    settings.put("top_k 50", new SamplingParams(0.8f, 50, 1f, 0f, 5L, -1));
    settings.put("top_p 0.95", new SamplingParams(0.8f, 0, 0.95f, 0f, 5L, -1));
    settings.put("top_k 50, top_p 0.9", new SamplingParams(0.8f, 50, 0.9f, 0f, 5L, -1));
    settings.put("min_p 0.05", new SamplingParams(0.8f, 0, 1f, 0.05f, 5L, -1));
    settings.put("greedy, 5 logprobs", new SamplingParams(0f, 0, 1f, 0f, 5L, 5));
    return settings;
  }

  private static double micros(Sampler sampler, float[] logits, SamplingParams params) {
    double[] means = new double[MEANS];
    for (int m = 0; m < MEANS; m++) {
      long begin = System.nanoTime();
      for (int i = 0; i < DRAWS; i++) {
        sampler.draw(logits, 0, params, m * DRAWS + i);
      }
      means[m] = (System.nanoTime() - begin) / (1e3 * DRAWS);
    }
    Arrays.sort(means);
    return means[MEANS / 2];
  }
}
