package io.lorikeet.gpu.forward;

/**
 * A matrix {@code [rows, cols]} on the device: row-major as it is stored in the file, or in blocks
 * as the CPU packs it.
 *
 * @param address of its first element
 */
record DeviceMatrix(long address, WeightType type, int rows, int cols) {}
