package io.lorikeet.gpu.forward;

import io.lorikeet.kernels.DType;

/**
 * A matrix {@code [rows, cols]} on the device, row-major, as it is stored in the file.
 *
 * @param address of its first element
 */
record DeviceMatrix(long address, DType dtype, int rows, int cols) {}
