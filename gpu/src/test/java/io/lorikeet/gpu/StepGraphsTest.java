package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.config.EngineSettings;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which steps run as graphs, and that nothing shows it. */
final class StepGraphsTest {
  private static final LoadedModel MODEL = TestModels.model("llama");

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    configure("mode=lazy");
  }

  private void configure(String mode) {
    driver.configure(mode + ",memory=" + Executors.MEMORY);
  }

  /**
   * Steps of 9 to 1 rows, so that buckets are full, nearly empty and left, and hold rows of steps
   * before: those would write to blocks that others have now.
   */
  @ParameterizedTest
  @ValueSource(strings = {"mode=lazy", "mode=random,seed=5", "mode=random,seed=6"})
  void bucketsOfEveryFillGiveTheBitsOfTheCpu(String mode) throws Exception {
    EngineSettings settings = new EngineSettings(1, "auto", "stored", 16, 10 << 14, 9, 3);
    int[] counts = {9, 5, 4, 3, 7, 2, 1};
    List<List<Answer>> expected = new ArrayList<>();
    try (Executor cpu = new CpuExecutorProvider().open(MODEL, settings)) {
      bind(cpu);
      for (int count : counts) {
        expected.add(answers(cpu, requests(count)));
      }
    }
    configure(mode);
    try (CudaExecutor executor = Executors.open(MODEL, settings)) {
      bind(executor);
      long graphs = 0;
      for (int i = 0; i < counts.length; i++) {
        List<Answer> actual = answers(executor, requests(counts[i]));
        for (int r = 0; r < counts[i]; r++) {
          String what = mode + ", request " + r + " of " + counts[i];
          actual.get(r).assertSameBits(expected.get(i).get(r), what);
        }
        graphs += 3; // one for the prompts, one for each of two tokens
        assertEquals(graphs, driver.counts().graphs(), mode + ", " + counts[i] + " requests");
      }
    }
  }

  // Of one token, with the base, adapters of slots 0 and 1, or both by turns.
  private static List<Request> requests(int count) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = {3 + i};
      requests.add(i % 3 == 0 ? Request.base(prompt, 3) : Request.adapted(prompt, 3, i % 3 - 1));
    }
    return requests;
  }

  private static void bind(Executor executor) {
    for (int slot = 0; slot < 3; slot++) {
      AdapterImage image =
          slot == 2 ? TestAdapters.scaling(MODEL.spec(), new Random(3)) : linear(new Random(slot));
      executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
    }
  }

  private static List<Answer> answers(Executor executor, List<Request> requests) {
    return new StepDriver(executor, new Random(7), left -> left).run(requests);
  }

  private static AdapterImage linear(Random random) {
    AdapterImage plain = TestAdapters.plain(MODEL.spec(), random);
    return new AdapterImage(plain.generation(), plain.layers(), plain.bytes());
  }

  @Test
  void sumsAndAdaptersThatDoMoreRunWithoutGraphs() throws Exception {
    Request base = Request.base(new int[] {5}, 1);
    assertGraphs(1, List.of(base));
    assertGraphs(1, List.of(base, Request.adapted(new int[] {6}, 1, 1)));
    assertGraphs(0, List.of(base, Request.adapted(new int[] {6}, 1, 2)));
    assertGraphs(0, List.of(base.joining(new Join(0, 0.5f), new Join(1, 0.5f))));
  }

  private void assertGraphs(int graphs, List<Request> requests) throws Exception {
    configure("mode=lazy");
    try (CudaExecutor executor = Executors.open(MODEL)) {
      bind(executor);
      answers(executor, requests);
      assertEquals(graphs, driver.counts().graphs());
    }
    try (CudaExecutor executor = Executors.open(MODEL, Executors.EAGER)) {
      bind(executor);
      answers(executor, requests);
      assertEquals(graphs, driver.counts().graphs(), "without graphs");
    }
  }

  @Test
  void executorsCloseWhileTheirGraphsAreRecorded() throws Exception {
    FakeDriver.Counts before = driver.counts();
    for (int i = 0; i < 10; i++) {
      Executors.opening(MODEL, Executors.SETTINGS).close();
      assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
      assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
    }
  }
}
