package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.StepDriver;
import io.lorikeet.engine.spi.StepDriver.Chunk;
import io.lorikeet.engine.spi.StepDriver.Join;
import io.lorikeet.engine.spi.StepDriver.Place;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Hidden states against transformers, whose goldens are logits: what the head makes of a hidden
 * state in plain double arithmetic must be those.
 */
final class HiddenGoldenTest {
  private static final double TOLERANCE = 2e-4;
  private static final int ADAPTERS_MAX = 2;
  private static final int ROWS = 13;

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.cpu.TestModels#names")
  void headGivesTheGoldenLogitsOfTheHiddenStates(String name) {
    LoadedModel model = TestModels.model(name);
    List<Golden.Run> runs = Golden.read(TestModels.folder(name)).runs();
    int bases = 0;
    int adapters = 0;
    CpuExecutor executor =
        CpuExecutor.openCold(model, TestModels.settings(1), CpuExecutorProvider.kernels("auto"));
    try (StepDriver driver = new StepDriver(executor)) {
      for (Golden.Run run : runs) {
        if (run.base() && bases == 0) {
          check(name, model, run, hiddens(driver, run, List.of()));
          bases++;
        }
        Optional<AdapterImage> image =
            adapters < ADAPTERS_MAX ? image(name, model, run) : Optional.empty();
        if (image.isPresent()) {
          driver.slot(adapters, executor.transfers().stage(image.get()));
          int from = image.get().invocation().activeFrom(run.prompt()).orElseThrow();
          check(name, model, run, hiddens(driver, run, List.of(new Join(adapters, 1f, from))));
          adapters++;
        }
      }
    }
    assertTrue(bases > 0 && adapters > 0, name + " shows nothing");
  }

  /** The adapter of a run, where it has one and that leaves the head as it is. */
  private static Optional<AdapterImage> image(String name, LoadedModel model, Golden.Run run) {
    if (run.parts().size() != 1 || run.parts().getFirst().weight() != 1f) {
      return Optional.empty();
    }
    String adapter = run.parts().getFirst().adapter();
    if (AdapterCases.LATER.contains(name + "/" + adapter)
        || !Files.exists(TestModels.folder(name).resolve("adapters").resolve(adapter))) {
      return Optional.empty();
    }
    AdapterImage image = TestModels.adapter(TestModels.folder(name), adapter, model);
    boolean keepsHead = image.head().isNone() && image.embedding().isNone();
    return keepsHead ? Optional.of(image) : Optional.empty();
  }

  private static void check(String name, LoadedModel model, Golden.Run run, List<float[]> hiddens) {
    for (int i = 0; i < run.positions().length; i++) {
      int position = run.positions()[i];
      double[] logits = head(model, hiddens.get(position));
      double most = 0;
      for (int v = 0; v < logits.length; v++) {
        most = Math.max(most, Math.abs(logits[v] - run.logits()[i][v]));
      }
      assertTrue(
          most <= TOLERANCE,
          "%s, %s, position %d deviates by %s".formatted(name, run.name(), position, most));
    }
  }

  /** Of every position of the prompt and the golden tokens. */
  private static List<float[]> hiddens(StepDriver driver, Golden.Run run, List<Join> joins) {
    int[] tokens =
        IntStream.concat(
                Arrays.stream(run.prompt()), run.tokens().stream().mapToInt(Integer::intValue))
            .toArray();
    List<float[]> hiddens = new ArrayList<>();
    driver.seat(0, SamplingParams.GREEDY);
    Place place = new Place(0, joins, IntStream.range(0, driver.info().kvBlocks()).toArray());
    for (int from = 0; from < tokens.length; from += ROWS) {
      int[] rows = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + ROWS));
      Chunk chunk = new Chunk(place, run.prompt().length, from, rows, Emit.HIDDEN, rows, 0);
      for (RowOutput output : driver.run(chunk)) {
        hiddens.add(((Hidden) output).values());
      }
    }
    driver.freeSeat(0);
    return hiddens;
  }

  private static double[] head(LoadedModel model, float[] hidden) {
    DecoderSpec spec = model.spec();
    Matrix head = model.weights().head();
    double[] logits = new double[head.rows()];
    for (int v = 0; v < logits.length; v++) {
      for (int i = 0; i < hidden.length; i++) {
        logits[v] += (double) value(head, v, i) * hidden[i];
      }
      int row = v;
      logits[v] += model.weights().headBias().map(bias -> bias[row]).orElse(0f);
      logits[v] *= spec.scaling().logits();
      double cap = spec.scaling().logitsCap();
      logits[v] = cap == 0 ? logits[v] : cap * Math.tanh(logits[v] / cap);
    }
    return logits;
  }

  private static float value(Matrix matrix, int row, int col) {
    long at = (long) row * matrix.cols() + col;
    return switch (matrix.dtype()) {
      case F32 ->
          matrix
              .data()
              .get(
                  ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                  at * Float.BYTES);
      case F16 -> Float.float16ToFloat(bits(matrix, at));
      case BF16 -> Float.intBitsToFloat(bits(matrix, at) << 16);
    };
  }

  private static short bits(Matrix matrix, long at) {
    return matrix
        .data()
        .get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at * Short.BYTES);
  }
}
