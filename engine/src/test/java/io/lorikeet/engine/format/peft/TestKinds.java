package io.lorikeet.engine.format.peft;

import java.util.Random;

/** One small adapter of each method for the golden Llama: of q_proj of layer 0 where it can be. */
final class TestKinds {
  static final String Q0 = TestAdapter.Q0;
  static final String NORM = "base_model.model.model.layers.0.input_layernorm";
  static final String EMBEDDING = "base_model.model.model.embed_tokens";
  private static final int WIDTH = 64;

  private TestKinds() {}

  static TestAdapter of(PeftMethod method) {
    Random random = new Random(7);
    TestAdapter adapter = TestAdapter.of(method);
    return switch (method) {
      case LORA -> new TestAdapter();
      case ADALORA ->
          adapter
              .set("init_r", "2")
              .matrix(Q0 + ".lora_A", 2, WIDTH, random)
              .matrix(Q0 + ".lora_B", WIDTH, 2, random)
              .matrix(Q0 + ".lora_E", 2, 1, random);
      case IA3 -> adapter.set("feedforward_modules", "[]").matrix(Q0 + ".ia3_l", WIDTH, 1, random);
      case VERA ->
          adapter
              .set("r", "2")
              .matrix("base_model.vera_A", 2, WIDTH, random)
              .matrix("base_model.vera_B", WIDTH, 2, random)
              .vector(Q0 + ".vera_lambda_b", WIDTH, random)
              .vector(Q0 + ".vera_lambda_d", 2, random);
      case LOHA ->
          adapter
              .set("r", "2")
              .matrix(Q0 + ".hada_w1_a", WIDTH, 2, random)
              .matrix(Q0 + ".hada_w1_b", 2, WIDTH, random)
              .matrix(Q0 + ".hada_w2_a", WIDTH, 2, random)
              .matrix(Q0 + ".hada_w2_b", 2, WIDTH, random);
      case LOKR ->
          adapter
              .set("r", "2")
              .matrix(Q0 + ".lokr_w1", 4, 4, random)
              .matrix(Q0 + ".lokr_w2_a", 16, 2, random)
              .matrix(Q0 + ".lokr_w2_b", 2, 16, random);
      case LN_TUNING ->
          adapter
              .set("target_modules", "[\"layers.0.input_layernorm\"]")
              .vector(NORM + ".ln_tuning_layers.weight", WIDTH, random);
      case TRAINABLE_TOKENS ->
          adapter
              .set("target_modules", "\"model.embed_tokens\"")
              .set("token_indices", "[9, 3]")
              .matrix(EMBEDDING + ".trainable_tokens_delta", 2, WIDTH, random);
    };
  }
}
