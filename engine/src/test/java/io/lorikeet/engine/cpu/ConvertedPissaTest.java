package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.SafetensorsFile;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * PiSSA trains on a base without its first singular values. As it was trained it is refused;
 * converted as PEFT does on saving (twice the rank and alpha, the initial factors with the other
 * sign beside the trained ones) it is LoRA on the base itself.
 */
final class ConvertedPissaTest {
  private static final Path FOLDER = TestModels.folder("llama");
  private static final int RANK = 4;
  private static final double SCALE = 2;

  @Test
  void unconvertedAdapterIsRefusedAndTheMessageNamesTheConversion() {
    LoadedModel model = TestModels.model("llama");
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> TestModels.adapter(FOLDER, "pissa", model));

    assertEquals("adapter_base_modified", refusal.code().wire());
    String message = Objects.requireNonNull(refusal.getMessage());
    assertTrue(message.contains("path_initial_model_for_weight_conversion"), message);
  }

  @Test
  void convertedAdapterGivesTheGoldenRunsOfTheUnconvertedOne() {
    LoadedModel model = TestModels.model("llama");
    List<Golden.Run> runs =
        Golden.read(FOLDER).runs().stream()
            .filter(run -> run.parts().size() == 1)
            .filter(run -> run.parts().getFirst().adapter().equals("pissa"))
            .toList();
    assertFalse(runs.isEmpty());
    GoldenComparison comparison = new GoldenComparison();
    try (CpuExecutor executor = TestModels.open(model, 1, CpuExecutorProvider.kernels("auto"))) {
      var ticket = executor.transfers().stage(converted().read(model));
      executor.bind(new Binding.BindSlot(0, ticket));
      for (Golden.Run run : runs) {
        Request request = Request.adapted(run.prompt(), run.tokens().size(), 0);
        StepDriver driver = new StepDriver(executor, new Random(1), left -> left);
        comparison.check(run, driver.run(List.of(request)).getFirst());
      }
    }
  }

  private static MadeUpAdapter converted() {
    MadeUpAdapter adapter = new MadeUpAdapter();
    adapter.config().put("r", 2 * RANK).put("lora_alpha", 2 * RANK * SCALE);
    adapter.config().put("init_lora_weights", true);
    adapter.target("q_proj").target("v_proj");
    ChangedBase base = new ChangedBase("llama");
    Map<String, TensorView> trained =
        SafetensorsFile.open(
                FOLDER.resolve("adapters/pissa/adapter_model.safetensors"),
                FileFamily.ADAPTER,
                FileLimits.DEFAULT,
                Arena.ofAuto())
            .tensors();
    for (int layer = 0; layer < 2; layer++) {
      for (String projection : List.of("q_proj", "v_proj")) {
        String module = "model.layers." + layer + ".self_attn." + projection;
        int out = (int) base.shape(module + ".weight")[0];
        int in = (int) base.shape(module + ".weight")[1];
        float[] weight = base.values(module + ".weight");
        double[][] first = firstRightSingularVectors(weight, out, in);
        float[] a = new float[2 * RANK * in];
        float[] b = new float[out * 2 * RANK];
        for (int k = 0; k < RANK; k++) {
          for (int i = 0; i < in; i++) {
            a[k * in + i] = value(trained, module + ".lora_A.weight", k * in + i);
            a[(RANK + k) * in + i] = (float) first[k][i];
          }
          for (int o = 0; o < out; o++) {
            b[o * 2 * RANK + k] = value(trained, module + ".lora_B.weight", o * RANK + k);
            double sum = 0;
            for (int i = 0; i < in; i++) {
              sum += weight[o * in + i] * first[k][i];
            }
            b[o * 2 * RANK + RANK + k] = (float) (-sum / SCALE);
          }
        }
        adapter.add(module + ".lora_A.weight", new long[] {2 * RANK, in}, a);
        adapter.add(module + ".lora_B.weight", new long[] {out, 2 * RANK}, b);
      }
    }
    return adapter;
  }

  private static float value(Map<String, TensorView> tensors, String name, int index) {
    TensorView view = Objects.requireNonNull(tensors.get("base_model.model." + name), name);
    return Widen.element(view.dtype().orElseThrow(), view.data(), index);
  }

  /**
   * The first rows of V in {@code W = U S V}, each found by power iteration in what is orthogonal
   * to those before.
   */
  private static double[][] firstRightSingularVectors(float[] weight, int out, int in) {
    double[][] vectors = new double[RANK][in];
    for (int k = 0; k < RANK; k++) {
      double[] v = vectors[k];
      for (int i = 0; i < in; i++) {
        v[i] = Math.sin(1 + i * (k + 1.0));
      }
      for (int round = 0; round < 20_000; round++) {
        double[] next = new double[in];
        for (int o = 0; o < out; o++) {
          double y = 0;
          for (int i = 0; i < in; i++) {
            y += weight[o * in + i] * v[i];
          }
          for (int i = 0; i < in; i++) {
            next[i] += weight[o * in + i] * y;
          }
        }
        for (int j = 0; j < k; j++) {
          removeDirection(next, vectors[j]);
        }
        double norm = Math.sqrt(dot(next, next));
        double moved = 0;
        for (int i = 0; i < in; i++) {
          moved = Math.max(moved, Math.abs(next[i] / norm - v[i]));
          v[i] = next[i] / norm;
        }
        if (moved < 1e-10) {
          break;
        }
      }
    }
    return vectors;
  }

  private static void removeDirection(double[] vector, double[] unit) {
    double along = dot(vector, unit);
    for (int i = 0; i < vector.length; i++) {
      vector[i] -= along * unit[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
