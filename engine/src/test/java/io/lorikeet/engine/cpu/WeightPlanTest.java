package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.engine.step.WeightTypes;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which matrices are packed, and how. */
final class WeightPlanTest {
  private final LoadedModel demo = ModelFolder.load(TestModels.demoFolder());

  private static WeightPlan plan(LoadedModel model, String weights, Map<String, String> of) {
    var settings = TestModels.settings(1, weights, of, WeightCacheSettings.OFF);
    return WeightPlan.of(model.weights(), model.spec(), settings);
  }

  private static Set<BlockFormat> formats(WeightPlan plan, String name) {
    return plan.entries().stream()
        .filter(entry -> entry.name().matches(name))
        .map(WeightPlan.Entry::format)
        .collect(Collectors.toSet());
  }

  @Test
  void headStaysQ8WhateverTheRestIs() {
    WeightPlan plan = plan(demo, "q4", Map.of());

    assertEquals(Set.of(BlockFormat.Q8), formats(plan, "head"));
    assertEquals(Set.of(BlockFormat.Q4), formats(plan, "layers.*"));
    assertEquals(7 * demo.spec().layers() + 1, plan.entries().size());
  }

  @Test
  void storedWeightsAreNotPacked() {
    assertTrue(plan(demo, "stored", Map.of()).entries().isEmpty());
    assertEquals(0, plan(demo, "stored", Map.of()).packedBytes());
  }

  @Test
  void narrowestNameDecides() {
    WeightPlan plan =
        plan(
            demo,
            "q4",
            Map.of(
                "mlp", "q8",
                "up", "q4",
                "layers.0", "stored",
                "layers.0.mlp", "q4",
                "layers.0.down", "q8",
                "head", "stored"));

    assertEquals(Set.of(BlockFormat.Q4), formats(plan, "layers.1.(q|k|v|o|up)"));
    assertEquals(Set.of(BlockFormat.Q8), formats(plan, "layers.1.(gate|down)"));
    assertEquals(Set.of(), formats(plan, "layers.0.(q|k|v|o)"));
    assertEquals(Set.of(BlockFormat.Q4), formats(plan, "layers.0.(gate|up)"));
    assertEquals(Set.of(BlockFormat.Q8), formats(plan, "layers.0.down"));
    assertEquals(Set.of(), formats(plan, "head"));
  }

  @Test
  void someMayBePackedWhereTheRestIsStored() {
    WeightPlan plan = plan(demo, "stored", Map.of("down", "q4"));

    assertEquals(demo.spec().layers(), plan.entries().size());
    assertEquals(Set.of(BlockFormat.Q4), formats(plan, "layers.*down"));
  }

  @Test
  void expertsAreAGroupOfTheirOwn() {
    LoadedModel model = TestModels.model("mixtral");
    WeightPlan plan = plan(model, "q4", Map.of("experts", "q8", "layers.0.experts", "stored"));

    assertEquals(Set.of(), formats(plan, "layers.0.experts"));
    assertEquals(Set.of(BlockFormat.Q8), formats(plan, "layers.1.experts"));
    assertEquals(Set.of(BlockFormat.Q4), formats(plan, "layers.0.q"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dawn", "layers.4.down", "layers.-1", "layers.0.", "experts", "embedding"})
  void namesThatMatchNothingAreRefused(String name) {
    LorikeetException e =
        assertThrows(
            LorikeetException.class, () -> plan(demo, "q4", Map.of(name, "q8", "down", "q8")));

    assertEquals(ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).endsWith("Given: [" + name + "]"), e.getMessage());
  }

  @Test
  void matricesLieOneAfterTheOther() {
    WeightPlan plan = plan(demo, "q4", Map.of("o", "q8"));
    long next = 0;
    for (WeightPlan.Entry entry : plan.entries()) {
      assertEquals(next, entry.offset());
      assertEquals(0, entry.offset() % 64);
      next += entry.bytes();
    }
    assertEquals(next, plan.packedBytes());
  }

  @Test
  void numericsIdNamesEveryChoice() {
    assertEquals("exact/bf16", id("stored", Map.of()));
    assertEquals("bf16/bf16", id("stored/bf16", Map.of()));
    assertEquals("int8/q4", id("q4", Map.of()));
    assertEquals("exact/q4", id("q4/exact", Map.of()));
    assertEquals(
        "int8/q4,down=q8,layers.0=bf16", id("q4", Map.of("layers.0", "stored", "down", "q8")));
    assertEquals("int8/bf16,up=q8", id("stored", Map.of("up", "q8")));
    assertFalse(id("stored", Map.of()).contains(","));
  }

  private String id(String weights, Map<String, String> of) {
    return WeightTypes.of(demo, TestModels.settings(1, weights, of, WeightCacheSettings.OFF));
  }

  @Test
  void bf16NumericsAreRefusedWhereTheyAreSlow() {
    String message = refusal(demo, CpuExecutorProvider.kernels("vector"));

    assertTrue(message.contains("`engine.numerics`"), message);
    assertTrue(message.contains(CpuExecutorProvider.kernels("vector").bf16Absence()), message);
  }

  @Test
  void bf16NumericsAreRefusedForAModelWithoutSuchMatrices() {
    String message = refusal(TestModels.model("llama"), new ScalarKernels());

    assertTrue(message.endsWith("Given: bf16 for a model in f32"), message);
  }

  private static String refusal(LoadedModel model, Kernels kernels) {
    var settings = TestModels.settings(1, "stored/bf16", Map.of(), WeightCacheSettings.OFF);
    LorikeetException e =
        assertThrows(
            LorikeetException.class, () -> CpuExecutor.openCold(model, settings, kernels).close());
    assertEquals(ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, e.code());
    return String.valueOf(e.getMessage());
  }

  @Test
  void mixedWeightsRunAndKeepTheirBitsOverFaces() {
    Map<String, String> mixed = Map.of("down", "q8", "layers.1.attention", "stored");
    var settings = TestModels.settings(2, "q4", mixed, WeightCacheSettings.OFF);
    int[] prompt = {3, 1, 4, 1, 5, 9, 2, 6};
    List<Answer> answers =
        List.of("auto", "vector", "scalar").stream()
            .map(face -> {
              try (CpuExecutor executor =
                  CpuExecutor.openCold(demo, settings, CpuExecutorProvider.kernels(face))) {
                assertEquals(
                    "f32-kv/int8/q4,down=q8,layers.1.attention=bf16", executor.info().numericsId());
                return new StepDriver(executor, new Random(1), left -> left)
                    .run(List.of(Request.base(prompt, 4)))
                    .getFirst();
              }
            })
            .toList();

    answers.getFirst().assertSameBits(answers.get(1), "vector");
    answers.getFirst().assertSameBits(answers.get(2), "scalar");
  }
}
