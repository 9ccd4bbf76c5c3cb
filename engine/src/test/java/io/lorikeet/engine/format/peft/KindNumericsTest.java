package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Updates of the methods beside LoRA against their definitions in double. */
final class KindNumericsTest {
  private static final String LAYER = "base_model.model.model.layers.0.";
  private static final int HIDDEN = 64;
  private static final int MLP = 100;

  private final Random random = new Random(11);

  /** A tensor of the file under test. */
  private record Stored(int rows, int cols, float[] values) {
    double at(int row, int col) {
      return values[row * cols + col];
    }

    double[][] times(Stored right) {
      double[][] product = new double[rows][right.cols];
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < right.cols; c++) {
          for (int k = 0; k < cols; k++) {
            product[r][c] += at(r, k) * right.at(k, c);
          }
        }
      }
      return product;
    }

    double[][] all() {
      double[][] all = new double[rows][cols];
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          all[r][c] = at(r, c);
        }
      }
      return all;
    }
  }

  private Stored matrix(TestAdapter adapter, String name, int rows, int cols) {
    Stored stored = new Stored(rows, cols, TestAdapter.values(rows * cols, random));
    adapter.add(name, "F32", new long[] {rows, cols}, stored.values);
    return stored;
  }

  private Stored vector(TestAdapter adapter, String name, int width) {
    Stored stored = new Stored(1, width, TestAdapter.values(width, random));
    adapter.add(name, "F32", new long[] {width}, stored.values);
    return stored;
  }

  @ParameterizedTest(name = "alpha {0}, mask {1}, ranknum {2}")
  @CsvSource({
    "8, , , 8 / (4 + 1e-5)",
    "8, 1011, , 8 / (4 + 1e-5)",
    "0, , , 4 / (4 + 1e-5)",
    "-3, 1011, , 3 / (4 + 1e-5)",
    "8, 1011, 7, 8 / (7 + 1e-5)"
  })
  void adaLoraDividesByTheRankThatItBeganWith(
      double alpha, @Nullable String mask, @Nullable Float rankNumber, String scale) {
    String module = LAYER + "self_attn.q_proj";
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.ADALORA).set("init_r", "4").set("lora_alpha", "" + alpha);
    int rank = 4;
    if (mask != null) {
      rank = (int) mask.chars().filter(c -> c == '1').count();
      String flags = mask.replace("1", ",true").replace("0", ",false").substring(1);
      adapter.set("rank_pattern", "{\"model.layers.0.self_attn.q_proj.lora_E\": [" + flags + "]}");
    }
    Stored a = matrix(adapter, module + ".lora_A", rank, HIDDEN);
    Stored b = matrix(adapter, module + ".lora_B", HIDDEN, rank);
    Stored e = matrix(adapter, module + ".lora_E", rank, 1);
    if (rankNumber != null) {
      adapter.add(module + ".ranknum", "F32", new long[] {1}, rankNumber);
    }

    LowRank update = update(adapter.read(), Projection.Q);

    double[] factors =
        Arrays.stream(scale.replaceAll("[()+/]", " ").strip().split(" +"))
            .mapToDouble(Double::parseDouble)
            .toArray();
    double[][] expected = new double[HIDDEN][HIDDEN];
    for (int o = 0; o < HIDDEN; o++) {
      for (int i = 0; i < HIDDEN; i++) {
        for (int k = 0; k < rank; k++) {
          expected[o][i] +=
              factors[0] / (factors[1] + factors[2]) * b.at(o, k) * e.at(k, 0) * a.at(k, i);
        }
      }
    }
    assertEquals(rank, update.rank());
    assertUpdate(expected, update);
  }

  @Test
  void moduleThatAdaLoraTookEveryRankOfStaysAsItIs() {
    String gone = LAYER + "self_attn.v_proj";
    TestAdapter adapter =
        TestKinds.of(PeftMethod.ADALORA)
            .set("target_modules", "[\"q_proj\", \"v_proj\"]")
            .set("rank_pattern", "{\"model.layers.0.self_attn.v_proj.lora_E\": [false, false]}")
            .add(gone + ".lora_A", "F32", new long[] {0, HIDDEN})
            .add(gone + ".lora_B", "F32", new long[] {32, 0})
            .add(gone + ".lora_E", "F32", new long[] {0, 1});

    AdapterImage image = adapter.read();

    assertEquals(2, update(image, Projection.Q).rank());
    assertEquals(1, image.layers().getFirst().size());
  }

  @Test
  void veraTakesOfItsProjectionsWhatALayerNeeds() {
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.VERA)
            .set("r", "3")
            .set("target_modules", "[\"q_proj\", \"up_proj\", \"down_proj\"]");
    Stored a = matrix(adapter, "base_model.vera_A", 3, MLP);
    Stored b = matrix(adapter, "base_model.vera_B", MLP, 3);
    Stored[] scaleB = new Stored[3];
    Stored[] scaleD = new Stored[3];
    String[] module = {"self_attn.q_proj", "mlp.up_proj", "mlp.down_proj"};
    Projection[] projection = {Projection.Q, Projection.UP, Projection.DOWN};
    int[] out = {HIDDEN, MLP, HIDDEN};
    int[] in = {HIDDEN, HIDDEN, MLP};
    for (int m = 0; m < 3; m++) {
      scaleB[m] = vector(adapter, LAYER + module[m] + ".vera_lambda_b", out[m]);
      scaleD[m] = vector(adapter, LAYER + module[m] + ".vera_lambda_d", 3);
    }

    AdapterImage image = adapter.read();

    for (int m = 0; m < 3; m++) {
      double[][] expected = new double[out[m]][in[m]];
      for (int o = 0; o < out[m]; o++) {
        for (int i = 0; i < in[m]; i++) {
          for (int k = 0; k < 3; k++) {
            expected[o][i] += scaleB[m].at(0, o) * b.at(o, k) * scaleD[m].at(0, k) * a.at(k, i);
          }
        }
      }
      assertUpdate(expected, update(image, projection[m]));
    }
    // A once per width, B for each layer.
    assertEquals(3 * 4 * (HIDDEN + MLP + HIDDEN + MLP + HIDDEN), image.bytes());
  }

  @ParameterizedTest(name = "rank {0}")
  @CsvSource({"1, 1", "2, 4", "5, 25", "7, 49", "8, 64", "70, 64"})
  void lohaHasTheSquareOfItsRankOrIsWhole(int r, int rank) {
    String module = LAYER + "mlp.up_proj";
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.LOHA)
            .set("r", "" + r)
            .set("alpha", "3")
            .set("target_modules", "[\"up_proj\"]");
    double[][] first =
        matrix(adapter, module + ".hada_w1_a", MLP, r)
            .times(matrix(adapter, module + ".hada_w1_b", r, HIDDEN));
    double[][] second =
        matrix(adapter, module + ".hada_w2_a", MLP, r)
            .times(matrix(adapter, module + ".hada_w2_b", r, HIDDEN));

    LowRank update = update(adapter.read(), Projection.UP);

    double[][] expected = new double[MLP][HIDDEN];
    for (int o = 0; o < MLP; o++) {
      for (int i = 0; i < HIDDEN; i++) {
        expected[o][i] = 3.0 / r * first[o][i] * second[o][i];
      }
    }
    assertEquals(rank, update.rank());
    assertEquals(rank == HIDDEN ? DType.BF16 : DType.F32, update.a().dtype());
    assertUpdate(expected, update);
  }

  @ParameterizedTest(name = "W1 [{0}, {1}] of rank {2}, W2 of rank {3}")
  @CsvSource({
    // whole times whole: W2 is [25, 8]
    "4, 8, 0, 0, 32",
    "100, 64, 0, 0, 64",
    "1, 1, 0, 0, 64",
    // W2 [25, 8] of rank 3, W1 [4, 8] whole: 4 * 3
    "4, 8, 0, 3, 12",
    "1, 1, 0, 3, 3",
    // W1 of rank 3 too
    "4, 8, 3, 3, 9",
    "20, 16, 3, 2, 0",
    // ranks that are no less than full
    "4, 8, 9, 3, 12",
    "4, 8, 9, 9, 32"
  })
  void lokrHasTheProductOfTheRanksOrIsWhole(
      int rows, int cols, int firstRank, int secondRank, int rank) {
    String module = LAYER + "mlp.up_proj";
    int r = Math.max(firstRank, secondRank);
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.LOKR)
            .set("r", "" + Math.max(r, 1))
            .set("alpha", "3")
            .set("target_modules", "[\"up_proj\"]");
    boolean mixed = firstRank > 0 && secondRank > 0 && firstRank != secondRank;
    double[][] first = kron(adapter, module + ".lokr_w1", rows, cols, firstRank);
    double[][] second = kron(adapter, module + ".lokr_w2", MLP / rows, HIDDEN / cols, secondRank);
    if (mixed) {
      assertEquals(
          "adapter_rank_mismatch",
          assertThrows(LorikeetException.class, adapter::read).code().wire());
      return;
    }

    LowRank update = update(adapter.read(), Projection.UP);

    double[][] expected = new double[MLP][HIDDEN];
    for (int o = 0; o < MLP; o++) {
      for (int i = 0; i < HIDDEN; i++) {
        expected[o][i] =
            3.0
                / Math.max(r, 1)
                * first[o / second.length][i / second[0].length]
                * second[o % second.length][i % second[0].length];
      }
    }
    assertEquals(rank, update.rank());
    assertUpdate(expected, update);
  }

  private double[][] kron(TestAdapter adapter, String name, int rows, int cols, int rank) {
    return rank == 0
        ? matrix(adapter, name, rows, cols).all()
        : matrix(adapter, name + "_a", rows, rank).times(matrix(adapter, name + "_b", rank, cols));
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "64, 100", "0, 0"})
  void kroneckerProductOfAnotherSizeIsRefused(int rows, int cols) {
    TestAdapter adapter = TestAdapter.of(PeftMethod.LOKR).set("r", "2");
    String module = LAYER + "self_attn.q_proj";
    if (rows == 0) {
      adapter.vector(module + ".lokr_w1", 8, random);
    } else {
      adapter.matrix(module + ".lokr_w1", rows, cols, random);
    }
    adapter.matrix(module + ".lokr_w2", 8, 8, random);
    assertEquals(
        "adapter_tensor_shape", assertThrows(LorikeetException.class, adapter::read).code().wire());
  }

  @ParameterizedTest(name = "blocks of {0}")
  @CsvSource({"A, BF16", "B, BF16", "A, F32", "B, F32"})
  void blocksAreSpreadAlongTheDiagonal(String of, String dtype) {
    String module = LAYER + "mlp.up_proj";
    boolean ofA = of.equals("A");
    TestAdapter adapter =
        new TestAdapter()
            .set("r", "6")
            .set("lora_alpha", "9")
            .set("target_modules", "[\"up_proj\"]")
            .set(
                "use_bdlora",
                "{\"nblocks\": 2, \"target_modules_bd_" + (ofA ? "a" : "b") + "\": [\"up_\"]}");
    Stored a = stored(adapter, module + ".lora_A.weight", dtype, 6, ofA ? HIDDEN / 2 : HIDDEN);
    Stored b = stored(adapter, module + ".lora_B.weight", dtype, MLP, ofA ? 6 : 3);

    AdapterImage image = adapter.read();

    double[][] expected = new double[MLP][HIDDEN];
    for (int o = 0; o < MLP; o++) {
      for (int i = 0; i < HIDDEN; i++) {
        for (int k = 0; k < 6; k++) {
          double left = ofA ? b.at(o, k) : (o / 50 == k / 3 ? b.at(o, k % 3) : 0);
          double right = ofA ? (k / 3 == i / 32 ? a.at(k, i % 32) : 0) : a.at(k, i);
          expected[o][i] += 1.5 * left * right;
        }
      }
    }
    assertUpdate(expected, update(image, Projection.UP));
    assertEquals(DType.valueOf(dtype), update(image, Projection.UP).a().dtype());
    assertTrue(image.composes());
  }

  private Stored stored(TestAdapter adapter, String name, String dtype, int rows, int cols) {
    float[] values = TestAdapter.values(rows * cols, random);
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
    }
    adapter.add(name, dtype, new long[] {rows, cols}, values);
    return new Stored(rows, cols, values);
  }

  private static LowRank update(AdapterImage image, Projection projection) {
    return image.delta(0, projection).lowRank().orElseThrow();
  }

  private static void assertUpdate(double[][] expected, LowRank actual) {
    Grid a = Grid.of(actual.a());
    Grid b = Grid.of(actual.b());
    for (int o = 0; o < expected.length; o++) {
      for (int i = 0; i < expected[o].length; i++) {
        double sum = 0;
        double magnitude = Math.abs(expected[o][i]);
        for (int k = 0; k < actual.rank(); k++) {
          sum += b.at(o, k) * a.at(k, i);
          magnitude += Math.abs(b.at(o, k) * a.at(k, i));
        }
        assertEquals(expected[o][i], sum, 2e-7 * magnitude, "row " + o + ", column " + i);
      }
    }
  }
}
