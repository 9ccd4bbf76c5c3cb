package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.Request.Join;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestAdapters;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of few rows on the emulated device. */
final class FusedLayerTest {
  private static final int[] PROMPT = {3, 25, 14, 30, 8, 1, 17};

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    configure("mode=lazy");
  }

  private void configure(String settings) {
    driver.configure(settings + ",memory=" + Executors.MEMORY);
  }

  @ParameterizedTest
  @CsvSource({
    "mistral, 1",
    "qwen2, 2",
    "granite, 3",
    "gemma, 4",
    "llama-sharded, 4",
    "llama-rope-yarn, 3"
  })
  void stepsOfFewRowsGiveTheBitsOfTheCpu(String name, int rows) throws Exception {
    configure("mode=random,seed=4,simt=threads=random;blocks=random;resident=2;seed=5");
    LoadedModel model = TestModels.model(name);
    try (Executor cpu = new CpuExecutorProvider().open(model, Executors.SETTINGS);
        CudaExecutor cuda = Executors.open(model)) {
      assertEquals("cuda-fused-sm_90", cuda.info().kernelPath());
      List<Request> base = List.of(Request.base(PROMPT, 2));
      assertSameBits(run(cpu, base, rows), run(cuda, base, rows), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mistral", "llama-sharded"})
  void adaptersInStepsOfFewRowsGiveTheBitsOfTheCpu(String name) throws Exception {
    configure("mode=random,seed=4,simt=threads=random;blocks=random;resident=2;seed=5");
    LoadedModel model = TestModels.model(name);
    try (Executor cpu = new CpuExecutorProvider().open(model, Executors.SETTINGS);
        CudaExecutor cuda = Executors.open(model)) {
      bindAdapters(cpu, model);
      bindAdapters(cuda, model);
      Request base = Request.base(PROMPT, 2);
      // One row of each: the base's, two that share an adapter, and a weighted sum.
      List<Request> mixed =
          List.of(
              base,
              Request.adapted(PROMPT, 2, 0),
              Request.adapted(PROMPT, 2, 0),
              base.joining(new Join(0, 0.5f), new Join(1, -1.5f)));
      assertSameBits(run(cpu, mixed, 1), run(cuda, mixed, 1), name + ", mixed");
      // Scales of inputs have no kernel for few rows, those of outputs have.
      List<Request> scaled = List.of(Request.adapted(PROMPT, 2, 2));
      assertSameBits(run(cpu, scaled, 2), run(cuda, scaled, 2), name + ", scaled");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mistral", "llama", "gemma2"})
  void longContextsAreReadInPartsAndGiveTheBitsOfTheCpu(String name) throws Exception {
    configure("mode=lazy,simt=threads=random;blocks=random;resident=3;seed=6");
    LoadedModel model = TestModels.model(name);
    int[] prompt = new Random(8).ints(300, 0, 90).toArray();
    try (Executor cpu = new CpuExecutorProvider().open(model, Executors.SETTINGS);
        CudaExecutor cuda = Executors.open(model)) {
      List<Request> requests = List.of(Request.base(prompt, 2), Request.base(PROMPT, 8));
      assertSameBits(run(cpu, requests, 40), run(cuda, requests, 40), name);
    }
  }

  @Test
  void aLayerIsFiveLaunches() throws Exception {
    LoadedModel model = TestModels.model("mistral");
    int layers = model.spec().layers();
    try (CudaExecutor cuda = Executors.open(model, Executors.EAGER)) {
      bindAdapters(cuda, model);
      long before = driver.counts().launches();
      run(cuda, List.of(Request.base(new int[] {5}, 1)), 1);
      long base = driver.counts().launches() - before;
      // last tokens and the embedding before the layers; the last norm, the head and the draw after
      assertEquals(2 + 5 * layers + 3, base);

      run(cuda, List.of(Request.base(new int[] {5, 6, 7, 8, 9}, 1)), 5);
      long many = driver.counts().launches() - before - base;
      assertTrue(many > 10L * layers, "five rows take the kernels for any number: " + many);
    }
  }

  @Test
  void otherModelsTakeTheKernelsForAnyNumberOfRows() throws Exception {
    for (String name : List.of("llama", "qwen3", "gemma2", "cohere", "mixtral", "phi3")) {
      try (CudaExecutor cuda = Executors.open(TestModels.model(name), Executors.EAGER)) {
        assertEquals("cuda-general-sm_90", cuda.info().kernelPath(), name);
      }
    }
  }

  private static void bindAdapters(Executor executor, LoadedModel model) {
    List<AdapterImage> images =
        List.of(
            TestAdapters.plain(model.spec(), new Random(1)),
            TestAdapters.plain(model.spec(), new Random(2)),
            TestAdapters.scaling(model.spec(), new Random(3)));
    for (int slot = 0; slot < images.size(); slot++) {
      executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(images.get(slot))));
    }
  }

  private static List<Answer> run(Executor executor, List<Request> requests, int rows) {
    return new StepDriver(executor, new Random(3), left -> Math.min(left, rows)).run(requests);
  }

  private static void assertSameBits(List<Answer> expected, List<Answer> actual, String what) {
    for (int i = 0; i < expected.size(); i++) {
      actual.get(i).assertSameBits(expected.get(i), what + ", request " + i);
    }
  }
}
