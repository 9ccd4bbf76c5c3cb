package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.cpu.AdapterCases;
import io.lorikeet.engine.cpu.AdapterCases.Case;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Golden;
import io.lorikeet.engine.cpu.GoldenComparison;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.Request.Join;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestAdapters;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.Transfers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Adapters of every family on the emulated device against PEFT: one run of each adapter and
 * combination, all of them with {@code -Dlorikeet.soak=true}.
 */
final class AdapterGoldenTest {
  private static final boolean SOAK = Boolean.getBoolean("lorikeet.soak");
  private static final int BATCH = 8;

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void runsWithAdaptersGiveTheGoldenLogitsAndTokens(String name) throws Exception {
    FakeDriver.open().configure("mode=random,seed=6,memory=" + Executors.MEMORY);
    LoadedModel model = TestModels.model(name);
    Golden golden = Golden.read(TestModels.folder(name));
    GoldenComparison comparison = new GoldenComparison();
    try (CudaExecutor executor = Executors.open(model)) {
      List<Case> cases = chosen(AdapterCases.of(executor, name, model, golden));
      assertFalse(cases.isEmpty());
      for (int begin = 0; begin < cases.size(); begin += BATCH) {
        int end = Math.min(begin + BATCH, cases.size());
        AdapterCases.check(executor, cases.subList(begin, end), comparison);
      }
    }
    comparison.print(name + " with adapters, CUDA emulated");
  }

  /** Made-up adapters that change everything that a model has, alone and in a weighted sum. */
  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void adaptersOfEverythingGiveTheBitsOfTheCpuWithoutGraphs(String name) throws Exception {
    FakeDriver.open().configure("mode=lazy,memory=" + Executors.MEMORY);
    LoadedModel model = TestModels.model(name);
    try (Executor cpu = new CpuExecutorProvider().open(model, Executors.SETTINGS);
        CudaExecutor cuda = Executors.open(model, Executors.EAGER)) {
      List<Answer> expected = answers(cpu, model);
      List<Answer> actual = answers(cuda, model);
      for (int i = 0; i < expected.size(); i++) {
        actual.get(i).assertSameBits(expected.get(i), name + ", request " + i);
      }
    }
  }

  private static List<Answer> answers(Executor executor, LoadedModel model) {
    DecoderSpec spec = model.spec();
    List<AdapterImage> images =
        List.of(
            TestAdapters.plain(spec, new Random(1)),
            TestAdapters.plain(spec, new Random(2)),
            TestAdapters.scaling(spec, new Random(3)));
    for (int slot = 0; slot < images.size(); slot++) {
      Transfers.Ticket ticket = executor.transfers().stage(images.get(slot));
      executor.bind(new Binding.BindSlot(slot, ticket));
    }
    int[] prompt = {3, 25, 14, 30, 8};
    Request base = Request.base(prompt, 1);
    return new StepDriver(executor, new Random(3), left -> left)
        .run(
            List.of(
                base,
                Request.adapted(prompt, 1, 0),
                Request.adapted(prompt, 1, 2),
                base.joining(new Join(0, 0.5f), new Join(1, -1.5f))));
  }

  private static List<Case> chosen(List<Case> all) {
    Map<String, Case> chosen = new LinkedHashMap<>();
    for (Case each : all) {
      String what = each.kind() + each.run().parts() + each.run().merged();
      if (!each.run().base()) {
        chosen.putIfAbsent(SOAK ? what + each.run().name() : what, each);
      }
    }
    return List.copyOf(chosen.values());
  }
}
