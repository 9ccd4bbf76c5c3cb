package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.kernels.Kernels;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters on experts, routers and gates of shared experts, against merged weights. */
final class ExpertSegmentsTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final float TOLERANCE = 2e-4f;
  private static final int[] PROMPT = {7, 3, 200, 41, 5, 90, 17, 133, 64, 2, 77};
  private static final int TOKENS = 8;

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2-moe"})
  void updatesAndScalesGiveTheLogitsOfMergedWeights(String name) {
    LoadedModel model = TestModels.model(name);
    Random random = new Random(name.hashCode());
    for (boolean scaling : new boolean[] {false, true}) {
      AdapterImage image = unbiased(TestAdapters.experts(model.spec(), random, scaling));
      assertEquals(scaling, !image.isSum());

      assertLikeMerged(model, List.of(image), 1f);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2-moe"})
  void weightedSumsGiveTheLogitsOfMergedWeights(String name) {
    LoadedModel model = TestModels.model(name);
    Random random = new Random(5);
    List<AdapterImage> images = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      images.add(unbiased(TestAdapters.experts(model.spec(), random, false)));
    }

    assertLikeMerged(model, images, 0.7f, -0.4f, 0.5f);
  }

  @Test
  void biasOfARouterMovesRowsToOtherExperts() {
    LoadedModel model = TestModels.model("mixtral");
    Delta towardsTheLast =
        new Delta(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new float[] {-50, -50, 50, 50}));
    var changed =
        TestAdapters.experts(model.spec(), new Random(2), false).getFirst().experts().getFirst();
    Answer moved = run(model, routed(towardsTheLast, List.of()));
    Answer first =
        run(model, routed(towardsTheLast, List.of(changed, changed, Map.of(), Map.of())));
    Answer last =
        run(model, routed(towardsTheLast, List.of(Map.of(), Map.of(), Map.of(), changed)));

    moved.assertSameBits(first, "nobody goes to experts 0 and 1");
    assertTrue(last.at(0)[0] != moved.at(0)[0]);
    assertTrue(run(model, List.of()).at(0)[0] != moved.at(0)[0]);
  }

  private static List<AdapterImage> routed(Delta router, List<Map<Projection, Delta>> experts) {
    ExpertsDelta layer = new ExpertsDelta(router, Delta.NONE, experts);
    return List.of(expertsOnly(List.of(layer, layer)));
  }

  @Test
  void imagesOfOtherExpertsAreRefused() {
    LoadedModel mixtral = TestModels.model("mixtral");
    LoadedModel qwen = TestModels.model("qwen2-moe");
    var ofQwen = TestAdapters.experts(qwen.spec(), new Random(1), false);
    var ofMixtral = TestAdapters.experts(mixtral.spec(), new Random(1), false);
    Delta router = ofMixtral.getFirst().router();
    Delta scaled =
        new Delta(
            router.lowRank(),
            Optional.empty(),
            Optional.of(new float[mixtral.spec().hidden()]),
            Optional.empty());
    ExpertsDelta gate = new ExpertsDelta(Delta.NONE, ofQwen.getFirst().sharedGate(), List.of());
    ExpertsDelta fused =
        new ExpertsDelta(
            Delta.NONE,
            Delta.NONE,
            List.of(Map.of(Projection.GATE_UP, router), Map.of(), Map.of(), Map.of()));

    assertRefused(mixtral, ofQwen);
    assertRefused(mixtral, ofMixtral.subList(0, 1));
    assertRefused(mixtral, List.of(gate, gate));
    assertRefused(mixtral, List.of(fused, fused));
    assertRefused(
        mixtral, List.of(new ExpertsDelta(scaled, Delta.NONE, List.of()), ExpertsDelta.NONE));
    assertRefused(TestModels.model("llama"), ofMixtral);
  }

  private static void assertRefused(LoadedModel model, List<ExpertsDelta> experts) {
    assertThrows(
        IllegalArgumentException.class, () -> new SlotAdapter(expertsOnly(experts), model.spec()));
  }

  private static void assertLikeMerged(
      LoadedModel model, List<AdapterImage> images, float... weights) {
    LoadedModel merged =
        new LoadedModel(
            model.name(),
            model.fingerprint(),
            model.spec(),
            new MergedExperts(model.weights(), images, weights),
            model.eosTokenIds(),
            model.files());
    Answer expected = run(merged, List.of());
    Answer actual = run(model, images, weights);
    assertEquals(expected.tokens(), actual.tokens());
    for (int position : expected.logits().keySet()) {
      assertArrayEquals(expected.at(position), actual.at(position), TOLERANCE);
    }
    assertTrue(Math.abs(run(model, List.of()).at(5)[0] - actual.at(5)[0]) > 100 * TOLERANCE);
  }

  /** Weights that are not given are 1. */
  private static Answer run(LoadedModel model, List<AdapterImage> images, float... weights) {
    try (CpuExecutor executor = CpuExecutor.openCold(model, TestModels.settings(2), KERNELS)) {
      Request.Join[] joins = new Request.Join[images.size()];
      for (int slot = 0; slot < joins.length; slot++) {
        var ticket = executor.transfers().stage(images.get(slot));
        executor.bind(new Binding.BindSlot(slot, ticket));
        joins[slot] = new Request.Join(slot, slot < weights.length ? weights[slot] : 1f);
      }
      Request request = Request.base(PROMPT, TOKENS).joining(joins);
      // Base rows beside it.
      Request base = Request.base(new int[] {9, 8, 7}, TOKENS);
      return new StepDriver(executor, new Random(1), left -> 4)
          .run(List.of(request, base))
          .getFirst();
    }
  }

  /** Without biases, which matrices have no place for. */
  private static AdapterImage unbiased(List<ExpertsDelta> layers) {
    return expertsOnly(
        layers.stream()
            .map(layer ->
                new ExpertsDelta(
                    unbiased(layer.router()),
                    unbiased(layer.sharedGate()),
                    layer.experts().stream().map(ExpertSegmentsTest::unbiased).toList()))
            .toList());
  }

  private static Map<Projection, Delta> unbiased(Map<Projection, Delta> expert) {
    Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
    expert.forEach((projection, delta) -> deltas.put(projection, unbiased(delta)));
    return deltas;
  }

  private static Delta unbiased(Delta delta) {
    return new Delta(delta.lowRank(), delta.rowScale());
  }

  private static AdapterImage expertsOnly(List<ExpertsDelta> experts) {
    return new AdapterImage(
        new GenerationId("g"),
        List.of(Map.of(), Map.of()),
        experts,
        EmbeddingDelta.NONE,
        EmbeddingDelta.NONE,
        HeadDelta.NONE,
        ReplacedNorms.NONE,
        Invocation.ALWAYS,
        0);
  }
}
