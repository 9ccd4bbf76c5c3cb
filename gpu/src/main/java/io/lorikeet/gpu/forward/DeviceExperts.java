package io.lorikeet.gpu.forward;

import java.util.Optional;

/**
 * The experts of one layer on the device.
 *
 * @param router {@code [experts, hidden]}
 * @param sharedGate {@code [1, hidden]}, where there is a shared expert
 */
record DeviceExperts(
    DeviceMatrix router, Optional<DeviceMatrix> sharedGate, Stack gate, Stack up, Stack down) {
  /**
   * A matrix {@code [rows, cols]} of every expert.
   *
   * @param table address of their addresses
   */
  record Stack(long table, WeightType type, int rows, int cols) {}
}
