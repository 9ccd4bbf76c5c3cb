package io.lorikeet.engine.spi;

/** Executor descriptions for tests. */
public final class Infos {
  public static final ExecutorInfo SMALL = of("scripted", 1, 64, 16, 4, 8);

  private Infos() {}

  public static ExecutorInfo of(
      String backend, int depth, int kvBlocks, int rowsMax, int slots, int seats) {
    return new ExecutorInfo(
        backend, "none", "test", depth, kvBlocks, 16, rowsMax, slots, seats, 1000, 8, 4096, 1, 0);
  }

  public static ExecutorInfo withDepth(ExecutorInfo info, String backend, int depth) {
    return new ExecutorInfo(
        backend,
        info.kernelPath(),
        info.numericsId(),
        depth,
        info.kvBlocks(),
        info.blockTokens(),
        info.rowsMax(),
        info.slots(),
        info.seats(),
        info.vocabSize(),
        info.hiddenSize(),
        info.contextMax(),
        info.kvBlockBytes(),
        info.adapterBytes());
  }

  public static ExecutorInfo withAdapterBytes(ExecutorInfo info, long adapterBytes) {
    return new ExecutorInfo(
        info.backend(),
        info.kernelPath(),
        info.numericsId(),
        info.depth(),
        info.kvBlocks(),
        info.blockTokens(),
        info.rowsMax(),
        info.slots(),
        info.seats(),
        info.vocabSize(),
        info.hiddenSize(),
        info.contextMax(),
        info.kvBlockBytes(),
        adapterBytes);
  }
}
