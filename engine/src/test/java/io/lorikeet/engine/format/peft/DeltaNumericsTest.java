package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.SafetensorsFile;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Canonical deltas against the definition in double, read from the files by other code. */
final class DeltaNumericsTest {

  @Test
  void everyServedGoldenLoraEqualsItsDefinition() {
    int modules = 0;
    for (String name : Fixtures.folders(Fixtures.path("models"))) {
      if (!name.startsWith("llama")) {
        continue;
      }
      LoadedModel model = ModelFolder.load(Fixtures.path("models", name));
      for (String adapter : Fixtures.folders(Fixtures.path("models", name, "adapters"))) {
        Path folder = Fixtures.path("models", name, "adapters", adapter);
        JsonNode config = Fixtures.json(folder.resolve("adapter_config.json"));
        if (!config.get("peft_type").textValue().equals("LORA")) {
          continue;
        }
        AdapterImage image;
        try {
          image =
              AdapterFolder.read(
                  AdapterFolder.copy(folder, AdapterLimits.DEFAULT), model, warning -> {});
        } catch (LorikeetException refusedWhichGoldenAdaptersTestPins) {
          continue;
        }
        modules += check(name + "/" + adapter, folder, config, model, image);
      }
    }
    assertTrue(modules > 200, "modules checked: " + modules);
  }

  private static int check(
      String name, Path folder, JsonNode config, LoadedModel model, AdapterImage image) {
    Map<String, TensorView> tensors =
        SafetensorsFile.open(
                folder.resolve("adapter_model.safetensors"),
                FileFamily.ADAPTER,
                FileLimits.DEFAULT,
                Arena.ofAuto())
            .tensors();
    int used = 0;
    int modules = 0;
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      for (Projection projection : model.spec().projections()) {
        String key =
            model.spec().modules().inner() + model.spec().modules().path(layer, projection);
        TensorView a = tensors.get("base_model.model." + key + ".lora_A.weight");
        TensorView b = tensors.get("base_model.model." + key + ".lora_B.weight");
        Delta delta = image.delta(layer, projection);
        assertEquals(a != null, delta.lowRank().isPresent(), key);
        if (a == null || b == null) {
          continue;
        }
        modules++;
        used += 2;
        double[][] update = update(config, key, a, b);
        assertUpdate(name + " " + key, update, delta.lowRank().orElseThrow());
        TensorView m = tensors.get("base_model.model." + key + ".lora_magnitude_vector");
        assertEquals(m != null, delta.rowScale().isPresent(), key);
        if (m != null) {
          used++;
          assertRowScale(
              name + " " + key,
              model.weights().projection(layer, projection),
              update,
              m,
              delta.rowScale().orElseThrow());
        }
      }
    }
    long linear =
        tensors.keySet().stream()
            .filter(
                tensor -> tensor.matches(".*\\.layers\\..*\\.lora_(A\\.weight|B\\.weight|mag.*)"))
            .count();
    assertEquals(linear, used, name);
    return modules;
  }

  /** s B A, [out, in]. */
  private static double[][] update(JsonNode config, String key, TensorView a, TensorView b) {
    double rank = special(config, "rank_pattern", key, config.get("r").doubleValue());
    double alpha = special(config, "alpha_pattern", key, config.get("lora_alpha").doubleValue());
    assertEquals(rank, (double) a.shape()[0], key);
    double scale = config.get("use_rslora").booleanValue() ? alpha / Math.sqrt(rank) : alpha / rank;
    int out = (int) b.shape()[0];
    int in = (int) a.shape()[1];
    double[][] product = new double[out][in];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int k = 0; k < rank; k++) {
          product[o][i] += scale * element(b, o * (long) rank + k) * element(a, k * (long) in + i);
        }
      }
    }
    return product;
  }

  private static double special(JsonNode config, String field, String key, double absent) {
    for (Map.Entry<String, JsonNode> entry : config.get(field).properties()) {
      if (Pattern.compile("(.*\\.)?(" + entry.getKey() + ")$").matcher(key).lookingAt()) {
        return entry.getValue().doubleValue();
      }
    }
    return absent;
  }

  private static void assertUpdate(String name, double[][] expected, LowRank actual) {
    Matrix a = actual.a();
    Matrix b = actual.b();
    for (int o = 0; o < expected.length; o++) {
      for (int i = 0; i < expected[o].length; i++) {
        double sum = 0;
        double magnitude = 0;
        for (int k = 0; k < actual.rank(); k++) {
          double term =
              (double) Widen.element(b.dtype(), b.data(), (long) o * b.cols() + k)
                  * Widen.element(a.dtype(), a.data(), (long) k * a.cols() + i);
          sum += term;
          magnitude += Math.abs(term);
        }
        assertEquals(expected[o][i], sum, 1e-7 * magnitude, name);
      }
    }
  }

  private static void assertRowScale(
      String name, Matrix base, double[][] update, TensorView magnitude, float[] actual) {
    for (int o = 0; o < update.length; o++) {
      double squares = 0;
      for (int i = 0; i < update[o].length; i++) {
        double w =
            Widen.element(base.dtype(), base.data(), (long) o * base.cols() + i) + update[o][i];
        squares += w * w;
      }
      double expected = element(magnitude, o) / Math.sqrt(squares);
      assertEquals(expected, actual[o], 1e-6 * Math.abs(expected), name);
    }
  }

  private static double element(TensorView view, long index) {
    return Widen.element(view.dtype().orElseThrow(), view.data(), index);
  }

  @Test
  void powerOfTwoScaleKeepsTheStoredTypeBitByBit() {
    for (String dtype : new String[] {"F16", "BF16"}) {
      for (String alpha : new String[] {"2", "16", "0.25", "-4"}) {
        TestAdapter adapter =
            new TestAdapter()
                .set("lora_alpha", alpha)
                .pair(TestAdapter.Q0, dtype, 2, 64, 64, new Random(3));
        Matrix b = q0(adapter).b();
        assertEquals(DType.valueOf(dtype), b.dtype());
        Matrix plain =
            q0(new TestAdapter().pair(TestAdapter.Q0, dtype, 2, 64, 64, new Random(3))).b();
        for (int i = 0; i < 128; i++) {
          assertEquals(
              Widen.element(plain.dtype(), plain.data(), i) * Float.parseFloat(alpha) / 2,
              Widen.element(b.dtype(), b.data(), i));
        }
      }
    }
  }

  @Test
  void scaleThatWouldRoundOverflowOrUnderflowWidensTheMatrix() {
    assertEquals(DType.F32, bWith("BF16", "3", 1f).dtype());
    assertEquals(DType.F32, bWith("F16", "131072", 60000f).dtype());
    assertEquals(DType.F32, bWith("F16", "0.0625", 6e-8f).dtype());
    assertEquals(DType.F16, bWith("F16", "4", 30000f).dtype());

    Matrix wide = bWith("F16", "131072", 60000f);
    assertEquals(60000f * 65536, Widen.element(wide.dtype(), wide.data(), 0));
  }

  @Test
  void valueBeyondTheSingleTypeIsRefused() {
    TestAdapter adapter = withB("F32", "1e30", 1e10f);
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals("adapter_tensor_not_finite", refusal.code().wire());
  }

  private static Matrix bWith(String dtype, String alpha, float value) {
    return q0(withB(dtype, alpha, value)).b();
  }

  private static TestAdapter withB(String dtype, String alpha, float value) {
    float[] b = new float[128];
    b[0] = value;
    return new TestAdapter()
        .set("lora_alpha", alpha)
        .add(
            TestAdapter.Q0 + ".lora_A.weight",
            dtype,
            new long[] {2, 64},
            TestAdapter.values(128, new Random(4)))
        .add(TestAdapter.Q0 + ".lora_B.weight", dtype, new long[] {64, 2}, b);
  }

  private static LowRank q0(TestAdapter adapter) {
    return adapter.read().delta(0, Projection.Q).lowRank().orElseThrow();
  }
}
