package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.merge.GoldenMerges.Stored;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Merges against the adapters that PEFT made of the same recipes. */
final class StoredMergesTest {
  private static final double RELATIVE = 3e-7; // of the largest entry: a few roundings of F32
  private static final LoadedModel BASE =
      ModelFolder.load(Fixtures.path("models", GoldenMerges.MODEL));

  static Stream<Stored> exact() {
    return GoldenMerges.read(BASE).stream().filter(stored -> !stored.random());
  }

  static Stream<Stored> drawn() {
    return GoldenMerges.read(BASE).stream().filter(Stored::random);
  }

  @Test
  void everyStrategyOfPeftIsCompared() {
    Set<Strategy> strategies = EnumSet.of(Strategy.LORAX_LINEAR);
    GoldenMerges.read(BASE).forEach(m -> strategies.add(m.derivation().recipe().strategy()));
    assertEquals(EnumSet.allOf(Strategy.class), strategies);
  }

  @ParameterizedTest
  @MethodSource("exact")
  void aMergeHasTheFactorsThatPeftStored(Stored stored) {
    AdapterImage image = Merge.of(stored.derivation(), stored.parts(), Long.MAX_VALUE);
    PlainLora peft = GoldenMerges.lora(stored.name(), BASE);
    int modules = 0;
    for (int layer = 0; layer < peft.layers().size(); layer++) {
      for (var entry : peft.layers().get(layer).entrySet()) {
        String where = stored + ", " + entry.getKey() + " of layer " + layer;
        Factors expected = entry.getValue();
        LowRank merged = image.delta(layer, entry.getKey()).lowRank().orElseThrow();
        assertEquals(1.0, expected.scale(), where);
        if (stored.derivation().recipe().strategy() == Strategy.CAT) {
          // The order of the ranks is free, so their sum is compared; PEFT pads with zeros.
          assertClose(product(expected.a(), expected.b()), product(merged.a(), merged.b()), where);
        } else {
          assertClose(doubles(expected.a()), doubles(merged.a()), where);
          assertClose(doubles(expected.b()), doubles(merged.b()), where);
        }
        modules++;
      }
      assertEquals(
          peft.layers().get(layer).keySet(), image.layers().get(layer).keySet(), stored.name());
    }
    assertTrue(modules > 0);
  }

  /**
   * With masks that PEFT drew: every entry must be what our arithmetic makes of its parts when some
   * of them were dropped, and each part must be dropped about as often as the density says.
   */
  @ParameterizedTest
  @MethodSource("drawn")
  void aRandomMergeHasEntriesThatSomeMaskGives(Stored stored) {
    PlainLora peft = GoldenMerges.lora(stored.name(), BASE);
    int total = 0;
    int[] matching = new int[4];
    for (int layer = 0; layer < peft.layers().size(); layer++) {
      for (Projection projection : peft.layers().get(layer).keySet()) {
        Factors expected = at(peft, layer, projection);
        List<Factors> parts = new ArrayList<>();
        for (PlainLora part : stored.parts()) {
          parts.add(at(part, layer, projection));
        }
        for (boolean ofA : new boolean[] {true, false}) {
          float[][] outcomes = outcomes(stored, parts, ofA);
          double[] wanted = doubles(ofA ? expected.a() : expected.b());
          for (int i = 0; i < wanted.length; i++) {
            int mask = match(outcomes, wanted[i], i, RELATIVE * largest(wanted));
            assertTrue(mask >= 0, stored + ", " + projection + " of layer " + layer + " at " + i);
            matching[mask]++;
            total++;
          }
        }
      }
    }
    // Density 0.5: each of the four masks a quarter; where signs differ, elections hide some.
    boolean sum = !stored.derivation().recipe().strategy().electsSigns();
    for (int mask = 0; mask < 4; mask++) {
      double share = (double) matching[mask] / total;
      assertTrue(
          sum
              ? Math.abs(share - 0.25) < 5 * Math.sqrt(0.25 * 0.75 / total)
              : share > 0.05 && share < 0.5,
          stored + ": mask " + mask + " has a share of " + share);
    }
  }

  private static Factors at(PlainLora lora, int layer, Projection projection) {
    return Objects.requireNonNull(lora.layers().get(layer).get(projection));
  }

  /** What comes out where the parts of a mask stay: {@code [mask][entry]}. */
  private static float[][] outcomes(Stored stored, List<Factors> parts, boolean ofA) {
    Recipe<GenerationId> recipe = stored.derivation().recipe();
    double density = recipe.density().orElseThrow();
    double[] weights = new double[2];
    for (int p = 0; p < 2; p++) {
      GenerationId generation = stored.parts().get(p).generation();
      double weight =
          recipe.parts().stream()
              .filter(part -> part.adapter().equals(generation))
              .findFirst()
              .orElseThrow()
              .weight();
      weights[p] = Math.sqrt(weight * parts.get(p).scale());
    }
    float[][] outcomes = new float[4][];
    for (int mask = 0; mask < 4; mask++) {
      float[][] kept = new float[2][];
      for (int p = 0; p < 2; p++) {
        Matrix matrix = ofA ? parts.get(p).a() : parts.get(p).b();
        double[] values = doubles(matrix);
        kept[p] = new float[values.length];
        for (int i = 0; i < values.length; i++) {
          kept[p][i] = (mask >> p & 1) == 1 ? (float) (values[i] / density) : 0;
        }
      }
      outcomes[mask] =
          recipe.strategy().electsSigns()
              ? ElementMerge.elected(kept, weights, recipe.majoritySign())
              : ElementMerge.sum(kept, weights);
    }
    return outcomes;
  }

  private static int match(float[][] outcomes, double wanted, int index, double tolerance) {
    for (int mask = 0; mask < outcomes.length; mask++) {
      if (Math.abs(outcomes[mask][index] - wanted) <= tolerance) {
        return mask;
      }
    }
    return -1;
  }

  private static void assertClose(double[] expected, double[] actual, String where) {
    assertEquals(expected.length, actual.length, where);
    double tolerance = RELATIVE * largest(expected);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance, where + " at " + i);
    }
  }

  private static double largest(double[] values) {
    return DoubleStream.of(values).map(Math::abs).max().orElseThrow();
  }

  private static double[] product(Matrix a, Matrix b) {
    double[] product = new double[b.rows() * a.cols()];
    double[] left = doubles(b);
    double[] right = doubles(a);
    for (int row = 0; row < b.rows(); row++) {
      for (int k = 0; k < a.rows(); k++) {
        for (int col = 0; col < a.cols(); col++) {
          product[row * a.cols() + col] += left[row * a.rows() + k] * right[k * a.cols() + col];
        }
      }
    }
    return product;
  }

  private static double[] doubles(Matrix matrix) {
    double[] doubles = new double[matrix.rows() * matrix.cols()];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = Widen.element(matrix.dtype(), matrix.data(), i);
    }
    return doubles;
  }
}
