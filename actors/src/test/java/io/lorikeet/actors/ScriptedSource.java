package io.lorikeet.actors;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.merge.Factors;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Tickets;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Adapters without weights, whose contents and faults a test decides. */
final class ScriptedSource implements AdapterSource, FolderReader {
  /** What an adapter's files hold: its generation follows from it alone. */
  record Content(String text, long bytes) {}

  /** Called before the named work is done; may throw or block. */
  volatile Consumer<String> beforeStamp = _ -> {};

  volatile Runnable beforeNames = () -> {};
  volatile Consumer<String> beforeCopy = _ -> {};
  volatile Consumer<String> beforeRead = _ -> {};
  volatile Consumer<String> beforePlain = _ -> {};
  final AtomicInteger copies = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger plains = new AtomicInteger();
  private final Map<String, Content> adapters = new ConcurrentSkipListMap<>();
  private final Map<String, Content> folders = new ConcurrentSkipListMap<>();
  private final Set<String> alone = ConcurrentHashMap.newKeySet();

  static GenerationId generation(String content) {
    return new GenerationId("generation of " + content);
  }

  ScriptedSource put(String name, String content) {
    return put(name, content, 100);
  }

  ScriptedSource put(String name, String content, long bytes) {
    adapters.put(name, new Content(content, bytes));
    return this;
  }

  /** Its image will not compose. */
  ScriptedSource alone(String name) {
    alone.add(name);
    return this;
  }

  void remove(String name) {
    adapters.remove(name);
  }

  @Override
  public List<String> names() {
    beforeNames.run();
    return List.copyOf(adapters.keySet());
  }

  @Override
  public Optional<Stamp> stamp(String name) {
    beforeStamp.accept(name);
    return Optional.ofNullable(adapters.get(name)).map(c -> new Stamp(c.toString()));
  }

  @Override
  public Copy copy(String name) {
    beforeCopy.accept(name);
    copies.incrementAndGet();
    return copyOf(name, Optional.ofNullable(adapters.get(name)).orElseThrow());
  }

  /** A folder holds what was put under its last name. */
  @Override
  public Optional<Stamp> stamp(Path folder) {
    return Optional.ofNullable(folders.get(folder.getFileName().toString()))
        .map(content -> new Stamp(folder + " " + content));
  }

  @Override
  public Copy copy(String name, Path folder) {
    return copyOf(
        name, Optional.ofNullable(folders.get(folder.getFileName().toString())).orElseThrow());
  }

  ScriptedSource putFolder(String folder, String content, long bytes) {
    folders.put(folder, new Content(content, bytes));
    return this;
  }

  private Copy copyOf(String name, Content content) {
    return new Copy() {
      @Override
      public GenerationId generation() {
        return ScriptedSource.generation(content.text());
      }

      @Override
      public long bytes() {
        return content.bytes();
      }

      @Override
      public AdapterImage read() {
        beforeRead.accept(name);
        reads.incrementAndGet();
        return alone.contains(name)
            ? Tickets.image(generation(), new Invocation(1))
            : Tickets.image(generation(), content.bytes());
      }

      // Of two such `cat` makes an image of about as many bytes as they have together.
      @Override
      public PlainLora plain() {
        beforePlain.accept(name);
        plains.incrementAndGet();
        int rank = Math.toIntExact(content.bytes() / (2 * Float.BYTES));
        return new PlainLora(
            name,
            generation(),
            List.of(Map.of(Projection.Q, new Factors(ones(rank, 1), ones(1, rank), 1))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
      }
    };
  }

  private static Matrix ones(int rows, int cols) {
    float[] values = new float[rows * cols];
    Arrays.fill(values, 1);
    return new Matrix(MemorySegment.ofArray(values), DType.F32, rows, cols);
  }
}
