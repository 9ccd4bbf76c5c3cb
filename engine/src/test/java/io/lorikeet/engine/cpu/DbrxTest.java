package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Binding;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DBRX with made-up weights against plain double arithmetic; there is no golden model. */
final class DbrxTest {
  private static final float TOLERANCE = 2e-4f;
  private static final int HIDDEN = 48;
  private static final int HEADS = 6;
  private static final int KV_HEADS = 2;
  private static final int QKV = HIDDEN + 2 * KV_HEADS * HIDDEN / HEADS;
  private static final int LAYERS = 2;
  private static final int WIDTH = 40;
  private static final int EXPERTS = 5;
  private static final int VOCAB = 97;
  private static final String ATTENTION = "transformer.blocks.%d.norm_attn_norm.attn.";

  private final Random random = new Random(7);
  private final int[] prompt = random.ints(0, VOCAB).distinct().limit(15).toArray();

  @TempDir private Path temp;

  @Test
  void logitsAreThoseOfThePublishedDefinition() {
    ChangedBase base = madeUp(config());

    assertEquals(0, deviation(expected(base), actual(load(base), Optional.empty())), TOLERANCE);
  }

  @Test
  void queriesKeysAndValuesAreClippedOnlyWhereTheConfigurationSaysSo() {
    ChangedBase clipped = madeUp(config());
    double[][] before = expected(clipped);
    clipped.config().withObject("attn_config").putNull("clip_qkv");
    double[][] without = expected(clipped);

    assertTrue(deviation(before, without) > 0.1, "the bound must cut something");
    assertEquals(0, deviation(without, actual(load(clipped), Optional.empty())), TOLERANCE);
  }

  @Test
  void weightsOfExpertsStayAsTheyAreWhereNullSaysSo() {
    ChangedBase base = madeUp(config());
    double[][] normalised = expected(base);
    base.config().withObject("ffn_config").putNull("moe_normalize_expert_weights");
    double[][] without = expected(base);

    assertTrue(deviation(normalised, without) > 0.1, "the division must change something");
    assertEquals(0, deviation(without, actual(load(base), Optional.empty())), TOLERANCE);
  }

  @Test
  void downMatricesAreCopiedTransposedAndOthersLieInTheFile() {
    LoadedModel model = load(madeUp(config()));

    assertEquals(4L * LAYERS * EXPERTS * WIDTH * HIDDEN, model.weights().copiedBytes());
    var experts = model.weights().experts(1).orElseThrow();
    assertEquals(EXPERTS, experts.down().size());
    assertEquals(HIDDEN, experts.down().getLast().rows());
    assertEquals(WIDTH, experts.up().getLast().rows());
  }

  @Test
  void adaptersChangeAttentionRouterEmbeddingHeadAndNorms() {
    ChangedBase base = madeUp(config());
    LoadedModel model = load(base);
    double[][] plain = expected(base);
    MadeUpAdapter adapter = new MadeUpAdapter();
    for (int layer = 0; layer < LAYERS; layer++) {
      String attention = ATTENTION.formatted(layer);
      adapt(base, adapter, attention + "Wqkv", QKV);
      adapt(base, adapter, attention + "out_proj", HIDDEN);
      adapt(base, adapter, "transformer.blocks." + layer + ".ffn.router.layer", EXPERTS);
      save(base, adapter, "transformer.blocks." + layer + ".norm_attn_norm.norm_2");
    }
    adapt(base, adapter, "lm_head", VOCAB);
    save(base, adapter, "transformer.norm_f");
    float[] a = MadeUpAdapter.values(2 * VOCAB, 0.4f, random);
    float[] b = MadeUpAdapter.values(HIDDEN * 2, 0.4f, random);
    adapter.target("transformer.wte");
    adapter.add("transformer.wte.lora_embedding_A", new long[] {2, VOCAB}, a);
    adapter.add("transformer.wte.lora_embedding_B", new long[] {HIDDEN, 2}, b);
    base.addProduct("transformer.wte.weight", MadeUpAdapter.SCALE, a, b, 2, true);
    double[][] changed = expected(base);

    assertTrue(deviation(plain, changed) > 0.1, "the adapter must change something");
    assertEquals(0, deviation(changed, actual(model, Optional.of(adapter))), TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffn.experts", "ffn.experts.mlp", "norm_attn_norm.attn.q_proj"})
  void moduleThatCannotBeAdaptedIsRefusedWithThoseThatCan(String module) {
    LoadedModel model = load(madeUp(config()));
    MadeUpAdapter adapter = new MadeUpAdapter();
    String path = "transformer.blocks.0." + module;
    adapter.target(path);
    adapter.add(path + ".lora_A.weight", new long[] {2, HIDDEN}, new float[2 * HIDDEN]);
    adapter.add(path + ".lora_B.weight", new long[] {HIDDEN, 2}, new float[2 * HIDDEN]);

    LorikeetException refusal = assertThrows(LorikeetException.class, () -> adapter.read(model));

    assertEquals("adapter_tensor_unknown", refusal.code().wire());
    String message = "" + refusal.getMessage();
    assertTrue(message.contains("transformer.blocks.*.norm_attn_norm.attn.Wqkv"), message);
    assertTrue(message.contains(path), message);
  }

  @Test
  void bitsDependOnNeitherBatchNorChunks() {
    LoadedModel model = load(madeUp(config()));
    List<Request> requests =
        List.of(Request.base(prompt, 6), Request.base(Arrays.copyOf(prompt, 4), 6));
    try (CpuExecutor executor = TestModels.open(model, 2, CpuExecutorProvider.kernels("auto"))) {
      List<Answer> together = new StepDriver(executor, random, left -> 3).run(requests);
      for (int i = 0; i < requests.size(); i++) {
        List<Request> one = List.of(requests.get(i));
        Answer alone = new StepDriver(executor, random, left -> left).run(one).getFirst();
        alone.assertSameBits(together.get(i), "request " + i);
      }
    }
  }

  private static ObjectNode config() {
    ObjectNode config = new JsonMapper().createObjectNode();
    config.put("model_type", "dbrx").put("d_model", HIDDEN).put("n_heads", HEADS);
    config.put("n_layers", LAYERS).put("max_seq_len", 64).put("vocab_size", VOCAB);
    config
        .putObject("attn_config")
        .put("clip_qkv", 0.9)
        .put("kv_n_heads", KV_HEADS)
        .put("rope_theta", 500000);
    config
        .putObject("ffn_config")
        .put("ffn_hidden_size", WIDTH)
        .put("moe_num_experts", EXPERTS)
        .put("moe_top_k", 2);
    return config;
  }

  private ChangedBase madeUp(ObjectNode config) {
    ChangedBase base = new ChangedBase(config);
    set(base, "transformer.wte.weight", 1f, VOCAB, HIDDEN);
    set(base, "lm_head.weight", 0.3f, VOCAB, HIDDEN);
    set(base, "transformer.norm_f.weight", 1f, HIDDEN);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "transformer.blocks." + layer + ".";
      String attention = ATTENTION.formatted(layer);
      set(base, attention + "Wqkv.weight", 0.2f, QKV, HIDDEN);
      set(base, attention + "out_proj.weight", 0.2f, HIDDEN, HIDDEN);
      set(base, block + "norm_attn_norm.norm_1.weight", 1f, HIDDEN);
      set(base, block + "norm_attn_norm.norm_2.weight", 1f, HIDDEN);
      set(base, block + "ffn.router.layer.weight", 0.2f, EXPERTS, HIDDEN);
      for (String matrix : List.of("w1", "v1", "w2")) {
        set(base, block + "ffn.experts.mlp." + matrix, 0.2f, EXPERTS * WIDTH, HIDDEN);
      }
    }
    return base;
  }

  private void set(ChangedBase base, String name, float spread, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    base.set(name, shape, MadeUpAdapter.values(count, spread, random));
  }

  private void adapt(ChangedBase base, MadeUpAdapter adapter, String module, int out) {
    float[] a = MadeUpAdapter.values(2 * HIDDEN, 0.2f, random);
    float[] b = MadeUpAdapter.values(out * 2, 0.2f, random);
    adapter.target(module);
    adapter.add(module + ".lora_A.weight", new long[] {2, HIDDEN}, a);
    adapter.add(module + ".lora_B.weight", new long[] {out, 2}, b);
    base.addProduct(module + ".weight", MadeUpAdapter.SCALE, a, b, 2, false);
  }

  private void save(ChangedBase base, MadeUpAdapter adapter, String module) {
    float[] values = MadeUpAdapter.values(HIDDEN, 1f, random);
    adapter.save(module);
    adapter.add(module + ".weight", new long[] {HIDDEN}, values);
    base.set(module + ".weight", values);
  }

  private LoadedModel load(ChangedBase base) {
    return base.load(temp.resolve("model" + random.nextInt()));
  }

  private double[][] expected(ChangedBase base) {
    return new PlainDbrx(base).logits(prompt);
  }

  private double[][] actual(LoadedModel model, Optional<MadeUpAdapter> adapter) {
    assertEquals(List.of(Projection.QKV, Projection.O), model.spec().projections());
    try (CpuExecutor executor = TestModels.open(model, 1, CpuExecutorProvider.kernels("auto"))) {
      Request request = Request.base(prompt, 1);
      if (adapter.isPresent()) {
        var ticket = executor.transfers().stage(adapter.get().read(model));
        executor.bind(new Binding.BindSlot(0, ticket));
        request = Request.adapted(prompt, 1, 0);
      }
      Answer answer =
          new StepDriver(executor, random, left -> left).run(List.of(request)).getFirst();
      assertEquals("", answer.failure());
      double[][] logits = new double[prompt.length][VOCAB];
      for (int t = 0; t < logits.length; t++) {
        for (int v = 0; v < VOCAB; v++) {
          logits[t][v] = answer.at(t)[v];
        }
      }
      return logits;
    }
  }

  private static double deviation(double[][] expected, double[][] actual) {
    double most = 0;
    for (int t = 0; t < expected.length; t++) {
      for (int v = 0; v < VOCAB; v++) {
        double d = Math.abs(expected[t][v] - actual[t][v]);
        most = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(most, d);
      }
    }
    return most;
  }
}
