package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Projection;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two layers, hidden size 48; 4 experts of width 64 in mixtral, 6 of width 40 in qwen2-moe. */
final class ExpertsReaderTest {
  private static final LoadedModel MIXTRAL = ModelFolder.load(Fixtures.path("models", "mixtral"));
  private static final LoadedModel QWEN = ModelFolder.load(Fixtures.path("models", "qwen2-moe"));
  private static final String LAYER0 = "base_model.model.model.layers.0.";
  private static final String LAYER1 = "base_model.model.model.layers.1.";
  private static final String OUTER = LAYER0 + "mlp.experts";
  private static final String INNER = OUTER + ".base_layer";
  private static final String W1 = LAYER0 + "block_sparse_moe.experts.1.w1";
  private static final String W2 = LAYER0 + "block_sparse_moe.experts.1.w2";

  private final Random random = new Random(1);

  @ParameterizedTest
  @CsvSource({".base_layer, ''", "'', .base_layer"})
  void widthsSayWhichFusedWeightAPairIsOf(String gateUp, String down) {
    AdapterImage image =
        read(
            fused()
                .pair(OUTER + gateUp, "F32", 8, 48, 128, random)
                .pair(OUTER + down, "F32", 8, 64, 48, random));

    assertTrue(image.experts(1).isNone());
    assertTrue(image.experts(0).router().isNone());
    assertEquals(4, image.experts(0).experts().size());
    for (Map<Projection, Delta> expert : image.experts(0).experts()) {
      assertEquals(3, expert.size());
    }
    LowRank gate = image.experts(0).delta(3, Projection.GATE).lowRank().orElseThrow();
    LowRank up = image.experts(0).delta(3, Projection.UP).lowRank().orElseThrow();
    LowRank narrow = image.experts(0).delta(3, Projection.DOWN).lowRank().orElseThrow();
    assertSame(gate.a(), up.a());
    assertEquals(2, gate.rank());
    assertEquals(64, gate.b().rows());
    assertEquals(64, narrow.a().cols());
    // A and B of each pair once, in F32.
    assertEquals(4L * (8 * 48 + 128 * 8 + 8 * 64 + 48 * 8), image.bytes());
  }

  @Test
  void oneFusedWeightStandsInTheOuterWrapper() {
    AdapterImage image = read(fused().pair(OUTER, "BF16", 8, 64, 48, random));

    assertEquals(Map.of(), without(image.experts(0).experts().get(2), Projection.DOWN));
  }

  private static Map<Projection, Delta> without(Map<Projection, Delta> deltas, Projection p) {
    assertTrue(deltas.containsKey(p));
    return deltas.size() == 1 ? Map.of() : deltas;
  }

  @ParameterizedTest
  @CsvSource({
    "9, 48, 128, 9, adapter_tensor_shape", // no number of ranks for 4 experts
    "6, 48, 128, 6, adapter_tensor_shape", // 3 experts
    "12, 48, 128, 12, adapter_rank_mismatch",
    "4, 48, 128, 4, adapter_rank_mismatch",
    "8, 48, 128, 12, adapter_tensor_shape",
    "8, 47, 128, 8, adapter_tensor_shape",
    "8, 48, 64, 8, adapter_target_parameters_unsupported", // down_proj of PEFT before 0.19
    "8, 128, 48, 8, adapter_target_parameters_unsupported", // gate_up_proj likewise
    "8, 64, 128, 8, adapter_tensor_shape"
  })
  void fusedPairOfOtherShapesIsRefused(int rows, int in, int out, int cols, String code) {
    assertRefused(
        code,
        fused()
            .add(OUTER + ".lora_A.weight", "F32", new long[] {rows, in}, new float[rows * in])
            .add(OUTER + ".lora_B.weight", "F32", new long[] {out, cols}, new float[out * cols]));
  }

  @Test
  void fusedPairOfThreeDimensionsIsRefused() {
    assertRefused(
        "adapter_tensor_shape",
        fused()
            .add(OUTER + ".lora_A.weight", "F32", new long[] {4, 2, 48}, new float[8 * 48])
            .add(OUTER + ".lora_B.weight", "F32", new long[] {128, 8}, new float[128 * 8]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora_A.weight", "lora_B.weight"})
  void halfOfAPairIsRefused(String half) {
    float[] zeros = new float[8 * 48];
    assertRefused(
        "adapter_tensor_missing",
        fused().add(INNER + "." + half, "F32", new long[] {8, 48}, zeros));
    assertRefused(
        "adapter_tensor_missing", byName().add(W1 + "." + half, "F32", new long[] {8, 48}, zeros));
  }

  @Test
  void fusedPairThatNobodySelectsIsRefused() {
    TestAdapter gateUp = fused().pair(OUTER, "F32", 8, 48, 128, random);
    read(gateUp);
    assertRefused(
        "adapter_tensor_unknown", gateUp.set("target_parameters", "[\"experts.down_proj\"]"));
    assertRefused(
        "adapter_tensor_unknown",
        gateUp
            .set("target_parameters", "[]")
            .set("target_modules", "[\"w1\", \"w3\", \"q_proj\"]"));
  }

  @Test
  void weightThatIsAdaptedTwiceIsRefused() {
    assertRefused(
        "adapter_tensor_unknown",
        fused().pair(OUTER, "F32", 8, 48, 128, random).pair(INNER, "F32", 8, 48, 128, random));
    assertRefused(
        "adapter_tensor_unknown",
        fused()
            .set("target_modules", "[\"w2\"]")
            .pair(OUTER, "F32", 8, 64, 48, random)
            .pair(W2, "F32", 2, 64, 48, random));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_dora          | true                   | adapter_config_invalid",
        "lora_bias         | true                   | adapter_config_invalid",
        "fan_in_fan_out    | true                   | adapter_config_invalid",
        "use_bdlora        | {\"nblocks\": 2}         | adapter_variant_unsupported",
        "alora_invocation_tokens | [1]              | adapter_variant_unsupported",
        "target_parameters | \"experts.down_proj\"  | adapter_config_invalid",
        "target_parameters | [1]                    | adapter_config_invalid",
        "target_parameters | [\"experts.down\"]     | adapter_target_parameters_unsupported",
        "target_parameters | [\"lm_head.weight\"]   | adapter_target_parameters_unsupported",
        "target_parameters | [\"norm.weight\"]      | adapter_target_parameters_unsupported",
      })
  void fieldsThatDoNotGoWithAdaptedParametersAreRefused(String field, String json, String code) {
    assertRefused(code, fused().pair(OUTER, "F32", 8, 64, 48, random).set(field, json));
  }

  @Test
  void rankAndAlphaOfAFusedWeightGoByItsName() {
    AdapterImage image =
        read(
            fused()
                .set("rank_pattern", "{\".*\\\\.gate_up_proj\": 4, \"experts\": 7}")
                .set("alpha_pattern", "{\".*\\\\.gate_up_proj\": 8}")
                .add(INNER + ".lora_A.weight", "F32", new long[] {16, 48}, ones(16 * 48))
                .add(INNER + ".lora_B.weight", "F32", new long[] {128, 16}, ones(128 * 16))
                .add(OUTER + ".lora_A.weight", "F32", new long[] {8, 64}, ones(8 * 64))
                .add(OUTER + ".lora_B.weight", "F32", new long[] {48, 8}, ones(48 * 8)));

    LowRank up = image.experts(0).delta(0, Projection.UP).lowRank().orElseThrow();
    LowRank down = image.experts(0).delta(0, Projection.DOWN).lowRank().orElseThrow();
    assertEquals(4, up.rank());
    assertEquals(2f, ImageMemory.floats(up.b())[0]);
    assertEquals(2, down.rank());
    assertEquals(1f, ImageMemory.floats(down.b())[0]);
  }

  @Test
  void fusedPairOfZerosHasNoEffect() {
    TestAdapter adapter =
        fused()
            .add(OUTER + ".lora_A.weight", "F32", new long[] {8, 64}, ones(8 * 64))
            .add(OUTER + ".lora_B.weight", "F32", new long[] {48, 8}, new float[48 * 8]);
    assertRefused("adapter_has_no_effect", adapter);
  }

  @ParameterizedTest
  @CsvSource({"block_sparse_moe.gate, gate", "mlp.gate, gate", "mlp.gate, .*gate"})
  void routerIsAModuleUnderBothOfItsNames(String path, String targets) {
    TestAdapter adapter =
        new TestAdapter()
            .set("target_modules", targets.startsWith(".") ? "\"" + targets + "\"" : "[\"gate\"]")
            .pair(LAYER1 + path, "F32", 2, 48, 4, random);

    assertEquals(2, read(adapter).experts(1).router().lowRank().orElseThrow().rank());
  }

  @Test
  void routerUnderBothNamesAtOnceIsRefused() {
    assertRefused(
        "adapter_tensor_unknown",
        new TestAdapter()
            .set("target_modules", "[\"gate\"]")
            .pair(LAYER1 + "mlp.gate", "F32", 2, 48, 4, random)
            .pair(LAYER1 + "block_sparse_moe.gate", "F32", 2, 48, 4, random));
  }

  @Test
  void rankOfARouterGoesByTheNameThatSelectsIt() {
    TestAdapter adapter =
        new TestAdapter()
            .set("target_modules", "[]")
            .set("target_parameters", "[\"mlp.gate.weight\"]")
            .set("rank_pattern", "{\"gate.weight\": 3}")
            .pair(LAYER0 + "mlp.gate", "F32", 3, 48, 4, random);
    assertEquals(3, read(adapter).experts(0).router().lowRank().orElseThrow().rank());
    assertRefused(
        "adapter_rank_mismatch",
        adapter.set("target_parameters", "[]").set("target_modules", "[\"gate\"]"));
  }

  @Test
  void weightOfALinearLayerMayBeSelectedByItsOwnName() {
    TestAdapter adapter =
        new TestAdapter()
            .set("target_modules", "[]")
            .set("target_parameters", "[\"q_proj.weight\"]")
            .set("rank_pattern", "{\"q_proj.weight\": 5}")
            .pair(TestAdapter.Q0, "F32", 5, 48, 48, random);
    assertEquals(5, read(adapter).delta(0, Projection.Q).lowRank().orElseThrow().rank());
  }

  @ParameterizedTest
  @CsvSource({
    "block_sparse_moe.experts.4.w1, 48, 64, adapter_tensor_unknown", // there are 4
    "block_sparse_moe.experts.01.w1, 48, 64, adapter_tensor_unknown",
    "block_sparse_moe.experts.1.w4, 48, 64, adapter_tensor_unknown",
    "block_sparse_moe.experts.1.gate_proj, 48, 64, adapter_tensor_unknown",
    "block_sparse_moe.experts.w1, 48, 64, adapter_tensor_unknown",
    "block_sparse_moe.experts.1.w1, 64, 48, adapter_tensor_shape",
    "block_sparse_moe.experts.1.w2, 48, 64, adapter_tensor_shape",
    "block_sparse_moe.gate, 48, 6, adapter_tensor_shape",
    "mlp.shared_expert_gate, 48, 1, adapter_tensor_unknown"
  })
  void tensorsOfExpertsThatTheBaseDoesNotHaveAreRefused(
      String module, int in, int out, String code) {
    assertRefused(code, byName().pair(LAYER0 + module, "F32", 2, in, out, random));
  }

  @Test
  void ranksOfExpertsByNameGoByTheirPaths() {
    TestAdapter adapter =
        byName()
            .set("rank_pattern", "{\"experts.1.w1\": 4}")
            .pair(W1, "F32", 4, 48, 64, random)
            .pair(W2, "F32", 2, 64, 48, random);
    ExpertsDelta experts = read(adapter).experts(0);
    assertEquals(4, experts.delta(1, Projection.GATE).lowRank().orElseThrow().rank());
    assertEquals(2, experts.delta(1, Projection.DOWN).lowRank().orElseThrow().rank());
    assertTrue(experts.delta(1, Projection.UP).isNone());
    assertTrue(experts.delta(0, Projection.GATE).isNone());
  }

  @Test
  void targetsSelectExpertsByTheirNames() {
    TestAdapter adapter = byName().pair(W1, "F32", 2, 48, 64, random);
    for (String targets :
        new String[] {"\"all-linear\"", "[\"experts.1.w1\"]", "\".*experts\\\\.\\\\d+\\\\.w1\""}) {
      read(adapter.set("target_modules", targets));
    }
    assertRefused("adapter_tensor_unknown", adapter.set("target_modules", "[\"w2\"]"));
    assertRefused("adapter_tensor_unknown", adapter.set("target_modules", "[\"experts\", \"w3\"]"));
  }

  @Test
  void layersToTransformAreLayersAndNotExperts() {
    TestAdapter adapter =
        byName()
            .set("layers_to_transform", "[0]")
            .pair(W1, "F32", 2, 48, 64, random); // expert 1 of layer 0
    read(adapter);
    assertRefused("adapter_tensor_unknown", adapter.set("layers_to_transform", "[1]"));
  }

  @Test
  void allLinearLayersOfASharedExpertAreSelected() {
    AdapterImage image =
        read(
            QWEN,
            new TestAdapter()
                .set("target_modules", "\"all-linear\"")
                .pair(LAYER0 + "mlp.shared_expert_gate", "F32", 2, 48, 1, random)
                .pair(LAYER0 + "mlp.shared_expert.up_proj", "F32", 2, 48, 56, random)
                .pair(LAYER0 + "mlp.gate", "F32", 2, 48, 6, random)
                .pair(LAYER0 + "mlp.experts.5.up_proj", "F32", 2, 48, 40, random));

    assertEquals(1, image.experts(0).sharedGate().lowRank().orElseThrow().b().rows());
    assertEquals(56, image.delta(0, Projection.UP).lowRank().orElseThrow().b().rows());
    assertEquals(6, image.experts(0).router().lowRank().orElseThrow().b().rows());
    Delta up = image.experts(0).delta(5, Projection.UP);
    assertEquals(40, up.lowRank().orElseThrow().b().rows());
  }

  @Test
  void expertsByNameMayHaveMagnitudesAndBiases() {
    float[] magnitudes = ones(64);
    AdapterImage dora =
        read(
            byName()
                .set("use_dora", "true")
                .pair(W1, "F32", 2, 48, 64, random)
                .add(W1 + ".lora_magnitude_vector", "F32", new long[] {64}, magnitudes));
    assertEquals(64, dora.experts(0).delta(1, Projection.GATE).rowScale().orElseThrow().length);
    assertTrue(!dora.isSum());

    float[] bias = TestAdapter.values(64, random);
    AdapterImage biased =
        read(
            byName()
                .set("lora_bias", "true")
                .pair(W1, "F32", 2, 48, 64, random)
                .add(W1 + ".lora_B.bias", "F32", new long[] {64}, bias));
    assertArrayEquals(bias, biased.experts(0).delta(1, Projection.GATE).bias().orElseThrow());
  }

  @Test
  void expertsMayHaveTheirOutputsScaledAndNotTheirInputs() {
    TestAdapter adapter =
        new TestAdapter()
            .set("peft_type", "\"IA3\"")
            .remove("r")
            .remove("lora_alpha")
            .set("target_modules", "[\"w2\"]")
            .set("feedforward_modules", "[]")
            .add(W2 + ".ia3_l", "F32", new long[] {48, 1}, TestAdapter.values(48, random));
    assertEquals(
        48, read(adapter).experts(0).delta(1, Projection.DOWN).rowScale().orElseThrow().length);

    assertRefused(
        "adapter_variant_unsupported",
        new TestAdapter()
            .set("peft_type", "\"IA3\"")
            .remove("r")
            .remove("lora_alpha")
            .set("target_modules", "[\"w2\"]")
            .set("feedforward_modules", "[\"w2\"]")
            .add(W2 + ".ia3_l", "F32", new long[] {1, 64}, TestAdapter.values(64, random)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gate", "w1", "experts.1.w1"})
  void routersAndExpertsThatAreSavedAsAWholeAreRefused(String module) {
    String path = module.equals("gate") ? LAYER0 + "block_sparse_moe.gate" : W1;
    int rows = module.equals("gate") ? 4 : 64;
    assertRefused(
        "adapter_modules_to_save_unsupported",
        new TestAdapter()
            .set("modules_to_save", "[\"" + module + "\"]")
            .pair(TestAdapter.Q0, "F32", 2, 48, 48, random)
            .add(path + ".weight", "F32", new long[] {rows, 48}, new float[rows * 48]));
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** For gate_up_proj and down_proj of all experts, rank 2. */
  private static TestAdapter fused() {
    return new TestAdapter()
        .set("target_modules", "[]")
        .set("target_parameters", "[\"mlp.experts.gate_up_proj\", \"down_proj\"]");
  }

  private static TestAdapter byName() {
    return new TestAdapter().set("target_modules", "[\"w1\", \"w2\", \"w3\", \"gate\"]");
  }

  private static AdapterImage read(TestAdapter adapter) {
    return read(MIXTRAL, adapter);
  }

  private static AdapterImage read(LoadedModel model, TestAdapter adapter) {
    return AdapterFolder.read(
        new AdapterArtifact(
            new GenerationId("test"),
            MemorySegment.ofArray(adapter.configBytes()),
            MemorySegment.ofArray(adapter.weightBytes())),
        model,
        warning -> {});
  }

  private static void assertRefused(String code, TestAdapter adapter) {
    LorikeetException refusal = assertThrows(LorikeetException.class, () -> read(adapter));
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
  }
}
