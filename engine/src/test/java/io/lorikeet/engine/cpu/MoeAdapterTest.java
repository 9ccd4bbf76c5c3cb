package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.format.peft.AdapterArtifact;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.kernels.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adapter files for models with experts, in both layouts, against the base of a model whose weights
 * hold the updates.
 */
final class MoeAdapterTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final float TOLERANCE = 2e-4f;
  private static final int WIDTH = 24;
  private static final String IN_LAYER = "base_model.model.model.layers.";

  @TempDir private Path temp;
  private TensorBytes tensors = new TensorBytes();

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2_moe", "qwen3_moe"})
  void expertsByNameGiveTheLogitsOfMergedWeights(String type) throws IOException {
    Random random = new Random(type.hashCode());
    MadeUpMoe base = new MadeUpMoe(type, WIDTH, random);
    MadeUpMoe merged = base.copy();
    for (int layer = 0; layer < MadeUpMoe.LAYERS; layer++) {
      for (int e = 0; e < MadeUpMoe.EXPERTS; e++) {
        // Layer 1 has gate without up in every other expert, and no expert 0.
        for (int p = 0; p < 3 && (layer == 0 || e > 0); p++) {
          if (layer == 0 || p != 1 || e % 2 == 0) {
            pair(merged, base.expert(layer, e, p), p == 2 ? 3 : 2, p == 2 ? 1.5 : 2, random);
          }
        }
      }
      String in = "model.layers." + layer + ".";
      pair(merged, in + base.block() + ".gate", 2, 2, random);
      if (type.equals("qwen2_moe")) {
        pair(merged, in + "mlp.shared_expert_gate", 2, 2, random);
        pair(merged, in + "mlp.shared_expert.gate_proj", 2, 2, random);
        pair(merged, in + "mlp.shared_expert.down_proj", 3, 1.5, random);
      }
    }
    String config =
        """
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": "all-linear",
        "rank_pattern": {"w2|down_proj": 3}, "alpha_pattern": {"w2|down_proj": 4.5}}\
        """;

    assertLikeMerged(base, merged, config);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2_moe", "qwen3_moe"})
  void fusedExpertsGiveTheLogitsOfMergedWeights(String type) throws IOException {
    Random random = new Random(type.length());
    MadeUpMoe base = new MadeUpMoe(type, WIDTH, random);
    MadeUpMoe merged = base.copy();
    for (int layer = 0; layer < MadeUpMoe.LAYERS; layer++) {
      // As PEFT nests them when both are adapted.
      fused(merged, layer, ".base_layer", false, 4, 4 / Math.sqrt(4), random);
      fused(merged, layer, "", true, 2, 3 / Math.sqrt(2), random);
      String router = "model.layers." + layer + "." + base.block() + ".gate";
      float[] a = values(2 * MadeUpMoe.HIDDEN, random);
      float[] b = values(MadeUpMoe.EXPERTS * 2, random);
      merged.add(router, 3 / Math.sqrt(2), a, b, 2);
      add(IN_LAYER + layer + ".mlp.gate", a, 2, b, MadeUpMoe.EXPERTS);
    }
    String config =
        """
        {"peft_type": "LORA", "peft_version": "0.21.2", "r": 2, "lora_alpha": 3,
        "use_rslora": true, "target_modules": [],
        "target_parameters": ["mlp.experts.down_proj", "gate_up_proj", "gate.weight"],
        "rank_pattern": {".*\\\\.gate_up_proj": 4}, "alpha_pattern": {".*\\\\.gate_up_proj": 4}}\
        """;

    assertLikeMerged(base, merged, config);
  }

  @Test
  void pairWhoseWidthsSayNothingIsReadByTheVersionThatWroteIt() throws IOException {
    Random random = new Random(3);
    // gate_up_proj [2 * 16, 32] is square: A and B are as wide before and after PEFT 0.19.
    MadeUpMoe base = new MadeUpMoe("mixtral", MadeUpMoe.HIDDEN / 2, random);
    MadeUpMoe merged = base.copy();
    fused(merged, 0, "", false, 2, 1, random);
    String config =
        """
        {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": [],
        "target_parameters": ["experts.gate_up_proj"]%s}\
        """;

    assertLikeMerged(base, merged, config.formatted(", \"peft_version\": \"0.19.0\""));
    assertLikeMerged(base, merged, config.formatted(", \"peft_version\": \"1.0.1.dev0\""));
    LoadedModel model = base.load(temp.resolve("again"));
    for (String version : List.of("", ", \"peft_version\": \"0.18.1\"")) {
      LorikeetException refusal =
          assertThrows(LorikeetException.class, () -> read(model, config.formatted(version)));
      assertEquals(ErrorCode.ADAPTER_TARGET_PARAMETERS_UNSUPPORTED, refusal.code());
    }
  }

  private void pair(MadeUpMoe merged, String module, int rank, double scale, Random random) {
    float[] a = values(rank * merged.cols(module), random);
    float[] b = values(merged.rows(module) * rank, random);
    merged.add(module, scale, a, b, rank);
    add("base_model.model." + module, a, rank, b, merged.rows(module));
  }

  /** A pair over all experts; what the README of the fixtures says of its order, written out. */
  private void fused(
      MadeUpMoe merged,
      int layer,
      String nested,
      boolean down,
      int rank,
      double scale,
      Random random) {
    int count = MadeUpMoe.EXPERTS;
    int in = down ? merged.width : MadeUpMoe.HIDDEN;
    int out = down ? MadeUpMoe.HIDDEN : 2 * merged.width;
    float[] allA = new float[count * rank * in];
    float[] allB = new float[out * rank * count];
    for (int e = 0; e < count; e++) {
      float[] a = values(rank * in, random);
      float[] b = values(out * rank, random);
      for (int j = 0; j < rank; j++) {
        System.arraycopy(a, j * in, allA, (e * rank + j) * in, in);
        for (int o = 0; o < out; o++) {
          allB[o * rank * count + j * count + e] = b[o * rank + j];
        }
      }
      if (down) {
        merged.add(merged.expert(layer, e, 2), scale, a, b, rank);
      } else {
        int half = merged.width * rank;
        float[] up = new float[half];
        System.arraycopy(b, half, up, 0, half);
        merged.add(merged.expert(layer, e, 0), scale, a, b, rank);
        merged.add(merged.expert(layer, e, 1), scale, a, up, rank);
      }
    }
    add(IN_LAYER + layer + ".mlp.experts" + nested, allA, count * rank, allB, out);
  }

  private void add(String module, float[] a, int rank, float[] b, int out) {
    tensors.add(module + ".lora_A.weight", "F32", new long[] {rank, a.length / rank}, a);
    tensors.add(module + ".lora_B.weight", "F32", new long[] {out, rank}, b);
  }

  private static float[] values(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 0.25f;
    }
    return values;
  }

  private AdapterImage read(LoadedModel model, String config) {
    return AdapterFolder.read(
        new AdapterArtifact(
            new GenerationId("test"),
            MemorySegment.ofArray(config.getBytes(StandardCharsets.UTF_8)),
            MemorySegment.ofArray(tensors.bytes())),
        model,
        warning -> {});
  }

  private void assertLikeMerged(MadeUpMoe base, MadeUpMoe merged, String config)
      throws IOException {
    LoadedModel model = base.load(temp.resolve("base"));
    Answer expected = run(merged.load(temp.resolve("merged")), Optional.empty());
    Answer plain = run(model, Optional.empty());
    Answer actual = run(model, Optional.of(read(model, config)));
    assertEquals(expected.tokens(), actual.tokens());
    for (int position : expected.logits().keySet()) {
      assertArrayEquals(expected.at(position), actual.at(position), TOLERANCE);
    }
    assertTrue(Math.abs(plain.at(3)[0] - actual.at(3)[0]) > 100 * TOLERANCE);
  }

  private static Answer run(LoadedModel model, Optional<AdapterImage> image) {
    try (CpuExecutor executor = CpuExecutor.openCold(model, TestModels.settings(2), KERNELS)) {
      Request request = Request.base(new int[] {5, 17, 60, 2, 33, 41, 8}, 9);
      if (image.isPresent()) {
        executor.bind(new Binding.BindSlot(0, executor.transfers().stage(image.get())));
        request = request.joining(new Request.Join(0, 1f));
      }
      return new StepDriver(executor, new Random(1), left -> 3).run(List.of(request)).getFirst();
    }
  }
}
