package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The methods beside LoRA on every family: fused, transposed and biased layers, norms and
 * embeddings. The base with the same change in its weights must give the same logits.
 */
final class FamilyKindsTest {
  private static final int RANK = 2;
  private static final List<String> LINEARS =
      List.of(
          "q_proj.weight",
          "qkv_proj.weight",
          "query_key_value.weight",
          "c_attn.weight",
          "mlp.down_proj.weight",
          "shared_expert.down_proj.weight",
          "mlp.c_proj.weight",
          "mlp.fc2.weight",
          "dense_4h_to_h.weight");

  @TempDir private Path temp;

  static List<String> families() {
    return FamilyModulesTest.families();
  }

  static Stream<String> familiesWithLinearModules() {
    return families().stream().filter(model -> !model.equals("gpt2"));
  }

  @ParameterizedTest
  @MethodSource("families")
  void ia3ScalesOutputsWithTheirBiasAndInputsOfTheFeedForwardLayer(String model) {
    Change change = new Change(model, "IA3");
    for (Module module : change.linears()) {
      boolean feedForward = !module.isAttention();
      float[] scale = change.nearOne(feedForward ? module.in : module.out);
      if (feedForward) {
        change.adapter.config().withArray("feedforward_modules").add(module.path);
        change.adapter.add(module.path + ".ia3_l", new long[] {1, module.in}, scale);
        change.scale(module, (o, i) -> scale[i]);
      } else {
        change.adapter.config().withArray("feedforward_modules");
        change.adapter.add(module.path + ".ia3_l", new long[] {module.out, 1}, scale);
        change.scale(module, (o, i) -> scale[o]);
        change.scaleBias(module, scale);
      }
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void adaLoraAddsItsUpdate(String model) {
    Change change = new Change(model, "ADALORA");
    change.adapter.config().put("init_r", RANK).put("lora_alpha", 3).put("fan_in_fan_out", true);
    for (Module module : change.linears()) {
      float[] a = change.matrix(module, "lora_A", RANK, module.in, 0.2f);
      float[] b = change.matrix(module, "lora_B", module.out, RANK, 0.2f);
      float[] e = change.matrix(module, "lora_E", RANK, 1, 1);
      change.addTo(
          module,
          (o, i) -> {
            double sum = 0;
            for (int k = 0; k < RANK; k++) {
              sum += 3 / (RANK + 1e-5) * b[o * RANK + k] * e[k] * a[k * module.in + i];
            }
            return sum;
          });
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void veraAddsItsUpdate(String model) {
    Change change = new Change(model, "VERA");
    change.adapter.config().put("r", RANK).put("fan_in_fan_out", true);
    List<Module> modules = change.linears();
    int in = modules.stream().mapToInt(Module::in).max().orElseThrow();
    int out = modules.stream().mapToInt(Module::out).max().orElseThrow();
    float[] a = MadeUpAdapter.values(RANK * in, 0.3f, change.random);
    float[] b = MadeUpAdapter.values(out * RANK, 0.3f, change.random);
    change.adapter.addShared("base_model.vera_A", new long[] {RANK, in}, a);
    change.adapter.addShared("base_model.vera_B", new long[] {out, RANK}, b);
    for (Module module : modules) {
      float[] scaleB = MadeUpAdapter.values(module.out, 1, change.random);
      float[] scaleD = MadeUpAdapter.values(RANK, 1, change.random);
      change.adapter.add(module.path + ".vera_lambda_b", new long[] {module.out}, scaleB);
      change.adapter.add(module.path + ".vera_lambda_d", new long[] {RANK}, scaleD);
      change.addTo(
          module,
          (o, i) -> {
            double sum = 0;
            for (int k = 0; k < RANK; k++) {
              sum += scaleB[o] * b[o * RANK + k] * scaleD[k] * (double) a[k * in + i];
            }
            return sum;
          });
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("familiesWithLinearModules")
  void lohaAddsItsUpdate(String model) {
    Change change = new Change(model, "LOHA");
    change.adapter.config().put("r", RANK).put("alpha", 4);
    for (Module module : change.linears()) {
      float[] a1 = change.matrix(module, "hada_w1_a", module.out, RANK, 0.4f);
      float[] b1 = change.matrix(module, "hada_w1_b", RANK, module.in, 0.4f);
      float[] a2 = change.matrix(module, "hada_w2_a", module.out, RANK, 0.4f);
      float[] b2 = change.matrix(module, "hada_w2_b", RANK, module.in, 0.4f);
      change.addTo(
          module,
          (o, i) ->
              2 * product(a1, b1, RANK, module.in, o, i) * product(a2, b2, RANK, module.in, o, i));
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("familiesWithLinearModules")
  void lokrAddsItsUpdate(String model) {
    Change change = new Change(model, "LOKR");
    change.adapter.config().put("r", RANK).put("alpha", 4);
    for (Module module : change.linears()) {
      int rows = module.out / 2;
      int cols = module.in / 2;
      float[] first = change.matrix(module, "lokr_w1", 2, 2, 0.4f);
      float[] a = change.matrix(module, "lokr_w2_a", rows, RANK, 0.4f);
      float[] b = change.matrix(module, "lokr_w2_b", RANK, cols, 0.4f);
      change.addTo(
          module,
          (o, i) ->
              2 * first[o / rows * 2 + i / cols] * product(a, b, RANK, cols, o % rows, i % cols));
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOHA", "LOKR"})
  void productsOfTransposedLayersAreRefusedAsByPeft(String type) {
    Change change = new Change("gpt2", type);
    change.linears();
    change.adapter.add("x", new long[] {1}, 1);
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> change.adapter.read(TestModels.model("gpt2")));
    assertEquals("adapter_variant_unsupported", refusal.code().wire());
  }

  @ParameterizedTest
  @MethodSource("families")
  void lnTuningReplacesNorms(String model) {
    Change change = new Change(model, "LN_TUNING");
    for (String norm : FamilyModulesTest.norms(change.base)) {
      String path = norm.substring(0, norm.length() - ".weight".length());
      change.adapter.target(path);
      change.replace(norm, path + ".ln_tuning_layers.weight");
      if (change.base.has(path + ".bias")) {
        change.replace(path + ".bias", path + ".ln_tuning_layers.bias");
      }
    }
    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void tokenTuningReplacesRowsOfTheInputEmbeddingAndOfATiedHead(String model) {
    Change change = new Change(model, "TRAINABLE_TOKENS");
    change.adapter.config().remove("target_modules");
    String embedding = change.embedding();
    int hidden = (int) change.base.shape(embedding)[1];
    float[] all = change.base.values(embedding);
    float[] rows = MadeUpAdapter.values(2 * hidden, 0.5f, change.random);
    int[] tokens = {change.prompt[5], change.prompt[2]};
    for (int i = 0; i < tokens.length; i++) {
      change.adapter.config().withArray("token_indices").add(tokens[i]);
      System.arraycopy(rows, i * hidden, all, tokens[i] * hidden, hidden);
    }
    change.base.set(embedding, all);
    String path = embedding.substring(0, embedding.length() - ".weight".length());
    change.adapter.add(path + ".trainable_tokens_delta", new long[] {2, hidden}, rows);

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tokenRowsOfATiedModelMayStandInTheFileTwiceIfTheyAreEqual(boolean equal) {
    Change change = new Change("llama-tied-rope3", "TRAINABLE_TOKENS");
    change.adapter.target("embed_tokens").target("lm_head");
    change.adapter.config().withArray("token_indices").add(change.prompt[4]);
    int hidden = (int) change.base.shape(change.embedding())[1];
    float[] row = MadeUpAdapter.values(hidden, 0.5f, change.random);
    float[] all = change.base.values(change.embedding());
    System.arraycopy(row, 0, all, change.prompt[4] * hidden, hidden);
    change.base.set(change.embedding(), all);
    float[] twice = row.clone();
    twice[3] += equal ? 0 : 1;
    String rows = ".trainable_tokens_delta";
    change.adapter.add("model.embed_tokens" + rows, new long[] {1, hidden}, row);
    change.adapter.add("lm_head" + rows, new long[] {1, hidden}, twice);

    if (equal) {
      change.assertActsLikeTheChangedBase();
      return;
    }
    LoadedModel model = TestModels.model("llama-tied-rope3");
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> change.adapter.read(model));
    assertEquals("adapter_tensor_unknown", refusal.code().wire());
  }

  private static double product(float[] left, float[] right, int rank, int cols, int o, int i) {
    double sum = 0;
    for (int k = 0; k < rank; k++) {
      sum += (double) left[o * rank + k] * right[k * cols + i];
    }
    return sum;
  }

  private interface Element {
    double at(int out, int in);
  }

  /**
   * A linear layer.
   *
   * @param transposed stored as {@code [in, out]}
   */
  private record Module(String path, int out, int in, boolean transposed) {
    boolean isAttention() {
      return !path.contains("mlp.");
    }
  }

  /** The same change in an adapter and in the weights of its base. */
  private final class Change {
    final Random random;
    final ChangedBase plain;
    final ChangedBase base;
    final MadeUpAdapter adapter = new MadeUpAdapter();
    final int[] prompt;
    final boolean transposed;

    Change(String model, String type) {
      random = new Random(model.hashCode());
      plain = new ChangedBase(model);
      base = new ChangedBase(model);
      transposed = model.equals("gpt2");
      prompt = random.ints(0, (int) base.shape(embedding())[0]).distinct().limit(14).toArray();
      adapter.config().removeAll().put("peft_type", type).putArray("target_modules");
    }

    String embedding() {
      return FamilyModulesTest.embedding(base);
    }

    /** Some layers of the first decoder layer, which become targets. */
    List<Module> linears() {
      List<Module> modules = new ArrayList<>();
      for (String weight : base.names()) {
        if (weight.contains(".0.") && LINEARS.stream().anyMatch(weight::endsWith)) {
          long[] shape = base.shape(weight);
          String path = weight.substring(0, weight.length() - ".weight".length());
          int out = (int) shape[transposed ? 1 : 0];
          modules.add(new Module(path, out, (int) shape[transposed ? 0 : 1], transposed));
          adapter.config().withArray("target_modules").add(path);
        }
      }
      return modules;
    }

    /** Adds a matrix of a module to the adapter. */
    float[] matrix(Module module, String name, int rows, int cols, float spread) {
      float[] values = MadeUpAdapter.values(rows * cols, spread, random);
      adapter.add(module.path + "." + name, new long[] {rows, cols}, values);
      return values;
    }

    float[] nearOne(int width) {
      float[] values = MadeUpAdapter.values(width, 0.5f, random);
      for (int i = 0; i < width; i++) {
        values[i] += 1;
      }
      return values;
    }

    void addTo(Module module, Element update) {
      each(module, (o, i, value) -> value + update.at(o, i));
    }

    void scale(Module module, Element factor) {
      each(module, (o, i, value) -> value * factor.at(o, i));
    }

    void scaleBias(Module module, float[] factor) {
      String name = module.path + ".bias";
      if (base.has(name)) {
        float[] bias = base.values(name);
        for (int o = 0; o < bias.length; o++) {
          bias[o] *= factor[o];
        }
        base.set(name, bias);
      }
    }

    private void each(Module module, Changed changed) {
      String name = module.path + ".weight";
      float[] values = base.values(name);
      for (int o = 0; o < module.out; o++) {
        for (int i = 0; i < module.in; i++) {
          int at = module.transposed ? i * module.out + o : o * module.in + i;
          values[at] = (float) changed.value(o, i, values[at]);
        }
      }
      base.set(name, values);
    }

    /** New values for a tensor of the base, under another name in the adapter. */
    void replace(String name, String inAdapter) {
      float[] values = base.values(name);
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.3f * (float) random.nextGaussian();
      }
      base.set(name, values);
      adapter.add(inAdapter, base.shape(name), values);
    }

    void assertActsLikeTheChangedBase() {
      new SameLogits(temp, prompt, random).assertOf(plain, base, adapter);
    }
  }

  private interface Changed {
    double value(int out, int in, double stored);
  }
}
