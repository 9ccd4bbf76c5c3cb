package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models whose weights are packed on the way to the emulated device. */
final class QuantizedModelsTest {
  private static final Request REQUEST = Request.base(new int[] {3, 25, 14, 30, 8, 1}, 2);

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    driver.configure("mode=lazy,memory=" + Executors.MEMORY);
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void q4GivesTheBitsOfTheCpuWithF32Activations(String name) throws Exception {
    assertBitsOfTheCpu(name, "q4", Map.of());
  }

  @ParameterizedTest
  @CsvSource({"llama", "mistral", "qwen2-moe"})
  void q8GivesTheBitsOfTheCpuWithF32Activations(String name) throws Exception {
    assertBitsOfTheCpu(name, "q8", Map.of());
  }

  @Test
  void matricesAreHeldAsTheirNamesSay() throws Exception {
    Map<String, String> of =
        Map.of("experts", "q8", "layers.1.experts", "stored", "head", "stored");
    assertBitsOfTheCpu("mixtral", "q4", of);

    LoadedModel model = TestModels.model("llama");
    var settings = Executors.settings("q4", Numerics.AUTO, Map.of("down", "stored"));
    try (CudaExecutor executor = Executors.open(model, settings)) {
      assertEquals("cuda/f32-kv/exact/q4,down=f32", executor.info().numericsId());
    }
  }

  @Test
  void aNameThatMatchesNothingIsRefusedAndNothingIsKept() {
    var settings = Executors.settings("q4", Numerics.EXACT, Map.of("side", "q8"));
    long before = driver.counts().deviceBytes();

    LorikeetException refused =
        assertThrows(
            LorikeetException.class,
            () -> Executors.open(TestModels.model("llama"), settings).close());

    assertEquals(ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, refused.code());
    assertEquals(before, driver.counts().deviceBytes());
  }

  @Test
  void packedWeightsTakeWhatIsPlanned() throws Exception {
    LoadedModel model = TestModels.model("llama");
    EngineSettings settings = Executors.settings("q4", Numerics.EXACT, Map.of());
    long before = driver.counts().deviceBytes();
    DevicePlan plan = DevicePlan.of(model, settings, Executors.MEMORY);

    try (CudaExecutor executor = Executors.open(model, settings)) {
      long planned =
          plan.weightBytes()
              + plan.workspaceBytes()
              + plan.kvBlocks() * plan.kvBlockBytes()
              + executor.info().adapterBytes();
      long taken = driver.counts().deviceBytes() - before;
      assertTrue(taken >= planned, taken + " of " + planned);
      assertTrue(taken <= planned + planned / 64, taken + " of " + planned);
    }
  }

  private static void assertBitsOfTheCpu(String name, String weights, Map<String, String> of)
      throws Exception {
    LoadedModel model = TestModels.model(name);
    EngineSettings exact = Executors.settings(weights, Numerics.EXACT, of);
    EngineSettings auto = Executors.settings(weights, Numerics.AUTO, of);
    try (Executor cpu = new CpuExecutorProvider().open(model, exact);
        CudaExecutor cuda = Executors.open(model, auto)) {
      answer(cuda).assertSameBits(answer(cpu), name);
    }
  }

  private static Answer answer(Executor executor) {
    return new StepDriver(executor, new Random(3), left -> left).run(List.of(REQUEST)).getFirst();
  }
}
