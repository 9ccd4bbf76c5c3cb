package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What adapters do beside the weights of linear layers, on every family: the base with the same
 * change in its weights must give the same logits.
 */
final class FamilyModulesTest {
  private static final int TOKENS = 14;
  private static final List<String> EMBEDDINGS =
      List.of("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight");
  private static final List<String> ATTENTIONS =
      List.of("q_proj.weight", "qkv_proj.weight", "query_key_value.weight", "c_attn.weight");

  @TempDir private Path temp;

  @ParameterizedTest
  @MethodSource("families")
  void trainedBiasesTakeThePlaceOfTheBases(String model) {
    Change change = new Change(model);
    change.adaptAttention();
    String adapted = change.attention();
    change.adapter.config().put("bias", "all");
    List<String> biases =
        change.base.names().stream().filter(name -> name.endsWith(".bias")).toList();
    for (String bias : biases) {
      float[] values = change.near(bias);
      change.base.set(bias, values);
      String name = bias.equals(adapted + ".bias") ? adapted + ".base_layer.bias" : bias;
      change.adapter.add(name, change.base.shape(bias), values);
    }

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void savedNormsTakeThePlaceOfTheBases(String model) {
    Change change = new Change(model);
    change.adaptAttention();
    List<String> norms = norms(change.base);
    norms.stream()
        .map(FamilyModulesTest::module)
        .map(MadeUpAdapter::last)
        .distinct()
        .forEach(change.adapter::save);
    for (String norm : norms) {
      change.replace(norm);
    }

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bloom", "gemma3", "olmo2"})
  void normsThatAreNotNamedStayAsTheyAre(String model) {
    String last = model.equals("bloom") ? "ln_f" : "norm";
    for (String saved : List.of("post_attention_layernorm", last)) {
      Change change = new Change(model);
      change.adaptAttention();
      change.adapter.save(saved);
      norms(change.base).stream()
          .filter(name -> module(name).endsWith(saved))
          .forEach(change::replace);

      change.assertActsLikeTheChangedBase();
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void updateOfTheEmbeddingLeavesTheHeadAlone(String model) {
    Change change = new Change(model);
    change.base.untie(change.embedding());
    change.adaptEmbedding(change.embedding());

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void updateOfTheHeadLeavesTheEmbeddingAlone(String model) {
    Change change = new Change(model);
    change.base.untie(change.embedding());
    change.adaptLinear(module(change.head()), change.head(), false);

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void savedEmbeddingLeavesTheHeadAlone(String model) {
    Change change = new Change(model);
    change.adaptAttention();
    change.base.untie(change.embedding());
    change.adapter.save(module(change.embedding()));
    change.replace(change.embedding());

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void savedHeadLeavesTheEmbeddingAlone(String model) {
    Change change = new Change(model);
    change.adaptAttention();
    change.base.untie(change.embedding());
    change.adapter.save(module(change.head()));
    change.replace(change.head());

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @MethodSource("families")
  void trainedTokensTakeThePlaceOfTheBasesAndOfATiedHeads(String model) {
    Change change = new Change(model);
    change.adaptAttention();
    String embedding = change.embedding();
    int hidden = (int) change.base.shape(embedding)[1];
    int[] tokens = {change.prompt[3], change.prompt[7]};
    change.adapter.config().putArray("trainable_token_indices").add(tokens[0]).add(tokens[1]);
    float[] rows = new float[2 * hidden];
    float[] all = change.base.values(embedding);
    float[] near = change.near(embedding);
    for (int i = 0; i < tokens.length; i++) {
      System.arraycopy(near, tokens[i] * hidden, rows, i * hidden, hidden);
      System.arraycopy(near, tokens[i] * hidden, all, tokens[i] * hidden, hidden);
    }
    change.base.set(embedding, all);
    change.adapter.add(
        module(embedding) + ".token_adapter.trainable_tokens_delta", new long[] {2, hidden}, rows);

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(strings = {"embed_out", "lm_head"})
  void headOfGptNeoxHasTheNameOfFilesAndThatOfTransformers(String head) {
    Change change = new Change("gpt-neox");
    change.adaptLinear(head, "embed_out.weight", false);

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void learnedPositionsAreAdaptedOrSaved(boolean saved) {
    Change change = new Change("gpt2");
    if (saved) {
      change.adaptAttention();
      change.adapter.save("wpe");
      change.replace("transformer.wpe.weight");
    } else {
      change.adaptEmbedding("transformer.wpe.weight");
    }

    change.assertActsLikeTheChangedBase();
  }

  @ParameterizedTest
  @ValueSource(strings = {"q_norm", "k_norm"})
  void normsOfEveryHeadAreSaved(String saved) {
    Change change = new Change("cohere");
    change.plain.config().put("use_qk_norm", true);
    change.base.config().put("use_qk_norm", true);
    DecoderSpec sizes = TestModels.model("cohere").spec();
    for (String norm : List.of("q_norm", "k_norm")) {
      for (int layer = 0; layer < 2; layer++) {
        String name = "model.layers." + layer + ".self_attn." + norm + ".weight";
        int heads = norm.equals("q_norm") ? sizes.heads() : sizes.kvHeads();
        float[] weight = MadeUpAdapter.values(heads * sizes.headDim(), 1, change.random);
        change.plain.set(name, new long[] {heads, sizes.headDim()}, weight);
        change.base.set(name, new long[] {heads, sizes.headDim()}, weight);
      }
    }
    change.adaptAttention();
    change.adapter.save(saved);
    for (int layer = 0; layer < 2; layer++) {
      change.replace("model.layers." + layer + ".self_attn." + saved + ".weight");
    }

    change.assertActsLikeTheChangedBase();
  }

  /** One model of each family. */
  static List<String> families() {
    return TestModels.names().stream()
        .filter(name -> !name.startsWith("llama-rope") && !name.equals("llama-sharded"))
        .filter(name -> !name.equals("phi3-longrope"))
        .toList();
  }

  static List<String> norms(ChangedBase base) {
    return base.names().stream()
        .filter(name -> name.endsWith(".weight"))
        .filter(name -> name.contains("norm") || MadeUpAdapter.last(module(name)).startsWith("ln_"))
        .toList();
  }

  /** The input embedding. */
  static String embedding(ChangedBase base) {
    return find(base, EMBEDDINGS);
  }

  private static String find(ChangedBase base, List<String> endings) {
    return base.names().stream()
        .filter(name -> endings.stream().anyMatch(name::endsWith))
        .findFirst()
        .orElseThrow();
  }

  private static String module(String weight) {
    return weight.substring(0, weight.length() - ".weight".length());
  }

  /** The same change in an adapter and in the weights of its base. */
  private final class Change {
    final String model;
    final Random random;
    final ChangedBase plain;
    final ChangedBase base;
    final MadeUpAdapter adapter = new MadeUpAdapter();
    final int[] prompt;

    Change(String model) {
      this.model = model;
      random = new Random(model.hashCode());
      plain = new ChangedBase(model);
      base = new ChangedBase(model);
      long vocab = base.shape(embedding())[0];
      prompt = random.ints(0, (int) vocab).distinct().limit(TOKENS).toArray();
    }

    String embedding() {
      return FamilyModulesTest.embedding(base);
    }

    String head() {
      return base.has("embed_out.weight") ? "embed_out.weight" : "lm_head.weight";
    }

    String attention() {
      return module(find(base, ATTENTIONS));
    }

    /** Values for a tensor that are a little different from the base's. */
    float[] near(String name) {
      float[] values = base.values(name);
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.3f * values[i] * (float) random.nextGaussian();
        values[i] += 0.1f * (float) random.nextGaussian();
      }
      return values;
    }

    /** Replaces a weight, and the bias of its module where it has one. */
    void replace(String weight) {
      for (String name : List.of(weight, module(weight) + ".bias")) {
        if (base.has(name)) {
          float[] values = near(name);
          base.set(name, values);
          adapter.add(name, base.shape(name), values);
        }
      }
    }

    void adaptAttention() {
      String module = attention();
      adaptLinear(module, module + ".weight", model.equals("gpt2"));
    }

    void adaptLinear(String module, String weight, boolean transposed) {
      long[] shape = base.shape(weight);
      int out = (int) shape[transposed ? 1 : 0];
      int in = (int) shape[transposed ? 0 : 1];
      float[] a = MadeUpAdapter.values(MadeUpAdapter.RANK * in, 0.1f, random);
      float[] b = MadeUpAdapter.values(out * MadeUpAdapter.RANK, 0.1f, random);
      adapter.target(module);
      adapter.add(module + ".lora_A.weight", new long[] {MadeUpAdapter.RANK, in}, a);
      adapter.add(module + ".lora_B.weight", new long[] {out, MadeUpAdapter.RANK}, b);
      base.addProduct(weight, MadeUpAdapter.SCALE, a, b, MadeUpAdapter.RANK, transposed);
    }

    void adaptEmbedding(String weight) {
      int tokens = (int) base.shape(weight)[0];
      int hidden = (int) base.shape(weight)[1];
      float[] a = MadeUpAdapter.values(MadeUpAdapter.RANK * tokens, 0.3f, random);
      float[] b = MadeUpAdapter.values(hidden * MadeUpAdapter.RANK, 0.3f, random);
      adapter.target(module(weight));
      adapter.add(module(weight) + ".lora_embedding_A", new long[] {MadeUpAdapter.RANK, tokens}, a);
      adapter.add(module(weight) + ".lora_embedding_B", new long[] {hidden, MadeUpAdapter.RANK}, b);
      base.addProduct(weight, MadeUpAdapter.SCALE, a, b, MadeUpAdapter.RANK, true);
    }

    void assertActsLikeTheChangedBase() {
      new SameLogits(temp, prompt, random).assertOf(plain, base, adapter);
    }
  }
}
