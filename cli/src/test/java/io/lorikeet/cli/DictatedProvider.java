package io.lorikeet.cli;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import io.lorikeet.engine.text.TextModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The back end of the suites with real clients: {@code client-tests/run} puts it on the class path
 * of a server whose answers it must know or must have time to stop. No other test sees it.
 */
public final class DictatedProvider implements ExecutorProvider {
  /** System property: the folder of the served model, whose tokenizer reads what is dictated. */
  private static final String MODEL = "lorikeet.dictated.model";

  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final ExecutorProvider cpu = new CpuExecutorProvider();

  @Override
  public String device() {
    return "dictated";
  }

  @Override
  public Availability availability() {
    return new Availability(folder().isEmpty() ? MODEL + " is not set" : "");
  }

  @Override
  public Executor open(LoadedModel model, EngineSettings settings) {
    TextModel text = folder().flatMap(TextModel::load).orElseThrow();
    return new DictatedExecutor(
        cpu.open(model, settings), text, model.eosTokenIds().getFirst(), STEP_NANOS);
  }

  private static Optional<Path> folder() {
    return Optional.ofNullable(System.getProperty(MODEL)).map(Path::of);
  }

  @Override
  public long freeBytes() {
    return cpu.freeBytes();
  }

  @Override
  public MemoryNeed memoryNeed(LoadedModel model, EngineSettings settings) {
    return cpu.memoryNeed(model, settings);
  }

  @Override
  public int kvBlocks(LoadedModel model, EngineSettings settings, long freeBytes) {
    return cpu.kvBlocks(model, settings, freeBytes);
  }
}
