package io.lorikeet.engine.spi;

/**
 * What an executor is and how much it holds: printed at start, shown in {@code /info}.
 *
 * @param backend {@code cpu}, {@code cuda}, or a test executor's name
 * @param kernelPath the live kernel face, such as {@code vector-512}
 * @param numericsId weight and KV types, activation quantisation and kernel family; bit promises
 *     hold within one id
 * @param depth steps that may be in flight: 1 on the CPU, 2 on devices
 * @param kvBlocks KV blocks in all, of {@code blockTokens} tokens each
 * @param rowsMax rows of one step
 * @param slots adapters resident at once
 * @param seats sequences running at once
 * @param hiddenSize values of a hidden state
 * @param contextMax positions of one sequence
 * @param kvBlockBytes device bytes of one KV block
 * @param adapterBytes device bytes for adapters, on the CPU for what is made of their images; 0
 *     where adapters take none
 */
public record ExecutorInfo(
    String backend,
    String kernelPath,
    String numericsId,
    int depth,
    int kvBlocks,
    int blockTokens,
    int rowsMax,
    int slots,
    int seats,
    int vocabSize,
    int hiddenSize,
    int contextMax,
    long kvBlockBytes,
    long adapterBytes) {}
