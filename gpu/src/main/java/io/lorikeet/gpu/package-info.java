/**
 * The CUDA executor: weights, activations and the forward pass on the device. May import: driver,
 * engine, kernels, config.
 */
@NullMarked
package io.lorikeet.gpu;

import org.jspecify.annotations.NullMarked;
