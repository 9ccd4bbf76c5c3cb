package io.lorikeet.engine.spi;

/**
 * What plain work reaches on a device now: the measure of what an executor reaches on it.
 *
 * @param device in words
 * @param emulated whether no such device is there, so that the numbers mean nothing
 * @param readBytesPerSecond of a kernel that only reads device memory
 * @param copyBytesPerSecond within device memory; bytes that are read and bytes that are written
 *     both count
 * @param uploadBytesPerSecond from pinned host memory
 * @param launchNanos from one empty kernel to the next, queued one by one
 * @param replayNanos of a kernel in a graph of {@code replayKernels} empty ones, queued as a whole
 * @param replayKernels in that graph
 */
public record DeviceSpeed(
    String device,
    boolean emulated,
    double readBytesPerSecond,
    double copyBytesPerSecond,
    double uploadBytesPerSecond,
    double launchNanos,
    double replayNanos,
    int replayKernels) {}
