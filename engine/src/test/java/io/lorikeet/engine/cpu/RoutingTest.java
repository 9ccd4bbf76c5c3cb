package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.model.Experts;
import org.junit.jupiter.api.Test;

final class RoutingTest {
  @Test
  void choicesStandByExpertAndThenByRow() {
    Routing routing = choose(new Experts(3, 2, true, 0), new float[][] {{3, 2, 1}, {1, 2, 3}});

    assertArrayEquals(new int[] {0, 0, 1, 1}, routing.rows());
    assertArrayEquals(
        new int[] {0, 1, 3, 4},
        new int[] {routing.begin(0), routing.begin(1), routing.begin(2), routing.begin(3)});
  }

  @Test
  void normalisedWeightsOfARowSumToOne() {
    Routing routing = choose(new Experts(3, 2, true, 0), new float[][] {{1, 0, -5}});

    float second = (float) (1 / (Math.E + 1));
    assertEquals(1 - second, routing.weight(0), 1e-6f);
    assertEquals(second, routing.weight(1), 1e-6f);
  }

  @Test
  void otherWeightsArePartsOfTheWholeSoftmax() {
    Routing routing = choose(new Experts(4, 1, false, 0), new float[][] {{0, 0, 0, 0}});

    assertEquals(0.25f, routing.weight(0));
  }

  @Test
  void lowestNumberWinsAmongEquals() {
    Routing routing = choose(new Experts(4, 2, true, 0), new float[][] {{0, 1, 1, 1}});

    assertEquals(1, routing.begin(2) - routing.begin(1));
    assertEquals(1, routing.begin(3) - routing.begin(2));
    assertEquals(0, routing.begin(4) - routing.begin(3));
  }

  @Test
  void rowWithNaNKeepsItsNumberOfExpertsAndGetsNaNWeights() {
    Routing routing = choose(new Experts(3, 2, true, 0), new float[][] {{1, Float.NaN, 2}});

    assertEquals(2, routing.begin(3));
    assertTrue(Float.isNaN(routing.weight(0)) && Float.isNaN(routing.weight(1)));
  }

  private static Routing choose(Experts experts, float[][] scores) {
    Panel panel = Panel.of(scores.length, experts.count());
    for (int row = 0; row < scores.length; row++) {
      System.arraycopy(scores[row], 0, panel.data(), panel.at(row), experts.count());
    }
    Routing routing = new Routing(experts, scores.length);
    routing.choose(panel, scores.length);
    return routing;
  }
}
