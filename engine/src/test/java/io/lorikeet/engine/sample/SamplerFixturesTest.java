package io.lorikeet.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** All golden cases of {@code fixtures/sampling}. */
final class SamplerFixturesTest {
  /**
   * Where a sum equals a cut's part of the whole but for rounding, the file says that F32 may go
   * either way. Weights as integers make these counts of it.
   */
  private static final Map<String, Integer> AT_BORDER =
      Map.of(
          "equal {\"top_p\":0.9}", 45,
          "equal {\"top_p\":0.5}", 25,
          "tiny {\"typical_p\":0.2}", 10,
          "tiny {\"temperature\":0.6,\"top_p\":0.95,\"top_k\":20,\"min_p\":0.02,\"typical_p\":0.8}",
              16);

  @Test
  void allCasesAreThere() {
    assertEquals(416, SamplingFixtures.processCases().size());
    assertEquals(40, SamplingFixtures.PHILOX.get("cases").size());
  }

  @Test
  void cutsLeaveTheSameTokensWithTheSameProbabilities() {
    int borders = 0;
    for (JsonNode c : SamplingFixtures.processCases()) {
      if (!c.has("kept")) {
        continue;
      }
      String name = c.get("logits").textValue() + " " + c.get("params");
      double[] probabilities = probabilities(c, name);
      int kept = (int) Arrays.stream(probabilities).filter(p -> p > 0).count();
      if (c.has("borderline_in_float32")) {
        assertEquals(AT_BORDER.get(name), kept, name);
        borders++;
        continue;
      }
      assertEquals(c.get("kept").intValue(), kept, name);
      if (c.has("tie_at_cut")) {
        double[] sorted = Arrays.stream(probabilities).filter(p -> p > 0).sorted().toArray();
        for (int i = 0; i < kept; i++) {
          assertClose(c.get("probs_sorted").get(kept - 1 - i), sorted[i], name);
        }
      } else {
        for (JsonNode pair : c.get("probs")) {
          assertClose(pair.get(1), probabilities[pair.get(0).intValue()], name);
        }
      }
    }
    assertEquals(AT_BORDER.size(), borders);
  }

  @Test
  void temperatureZeroTakesTheArgmax() {
    for (JsonNode c : SamplingFixtures.processCases()) {
      if (c.get("params").path("temperature").asDouble(1) == 0) {
        assertEquals(c.get("greedy").intValue(), draw(c, 5, -1).id(), c.toString());
      }
    }
  }

  @Test
  void logprobsAreThoseOfTheRawDistributionWhateverTheParameters() {
    for (JsonNode c : SamplingFixtures.processCases()) {
      Drawn.Token token = draw(c, 7, 5);
      String name = c.get("logits") + " " + c.get("params");
      List<JsonNode> golden = c.get("top_logprobs").valueStream().toList();
      assertArrayEquals(
          golden.stream().mapToInt(g -> g.get(0).intValue()).toArray(), token.topIds(), name);
      for (int i = 0; i < golden.size(); i++) {
        double expected = SamplingFixtures.number(golden.get(i).get(1));
        assertEquals(expected, token.topLogprobs()[i], 2e-6 + 1e-6 * finite(expected), name);
        if (token.topIds()[i] == token.id()) {
          assertEquals(token.topLogprobs()[i], token.logprob(), name);
        }
      }
    }
  }

  @Test
  void drawnTokensAreTheGoldenOnes() {
    for (JsonNode c : SamplingFixtures.PHILOX.get("cases")) {
      assertEquals(
          c.get("token").intValue(),
          draw(c, c.get("position").intValue(), 0).id(),
          () -> c.toString());
    }
  }

  @Test
  void eachIdIsDrawnAsOftenAsInTheGoldenCount() {
    JsonNode frequency = SamplingFixtures.PHILOX.get("frequency");
    float[] logits = SamplingFixtures.logits(frequency.get("logits"));
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    long seed = Long.parseUnsignedLong(frequency.get("seed").textValue());
    SamplingParams params = SamplingFixtures.params(frequency.path("params"), seed, -1);

    int[] counts = new int[logits.length];
    for (int position = 0; position < frequency.get("positions").intValue(); position++) {
      counts[assertInstanceOf(Drawn.Token.class, sampler.draw(logits, 0, params, position)).id()]++;
    }

    int[] golden = frequency.get("counts").valueStream().mapToInt(JsonNode::intValue).toArray();
    assertArrayEquals(golden, counts);
  }

  private static Drawn.Token draw(JsonNode c, int position, int topLogprobs) {
    float[] logits = SamplingFixtures.logits(c.get("logits"));
    long seed = c.has("seed") ? Long.parseUnsignedLong(c.get("seed").textValue()) : 1;
    SamplingParams params = SamplingFixtures.params(c.get("params"), seed, topLogprobs);
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    float[] row = logits.clone();
    TokenHistory history = SamplingFixtures.history(c, params);
    Drawn drawn = sampler.draw(row, 0, params, history, position);
    assertArrayEquals(logits, row, "the row is what it was");
    return assertInstanceOf(Drawn.Token.class, drawn);
  }

  /** Of the kept tokens; the others have exactly 0, as have those that F64 can't tell from it. */
  private static double[] probabilities(JsonNode c, String name) {
    float[] logits = SamplingFixtures.logits(c.get("logits"));
    Sampler sampler = new Sampler(new ScalarKernels(), logits.length);
    SamplingParams params = SamplingFixtures.params(c.get("params"), 0, -1);
    int[] kept = sampler.kept(logits, 0, params, SamplingFixtures.history(c, params));
    assertTrue(kept.length > 0, name);
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int id : kept) {
      probabilities[id] = Math.exp(sampler.scaled(id));
      sum += probabilities[id];
    }
    for (int id : kept) {
      probabilities[id] /= sum;
    }
    return probabilities;
  }

  // Rounding z in F32 costs its size in relative precision, and tiny probabilities have a large z.
  private static void assertClose(JsonNode golden, double given, String name) {
    double expected = golden.doubleValue();
    double tolerance = expected * Math.max(1e-5, 1e-6 * -Math.log(expected));
    assertEquals(expected, given, tolerance, name);
  }

  private static double finite(double logprob) {
    return Double.isInfinite(logprob) ? 0 : -logprob;
  }
}
