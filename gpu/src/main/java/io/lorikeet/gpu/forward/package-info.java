/**
 * One step through the decoder on the device: weights, activations, keys and values, and the
 * kernels of the general path, which covers every knob of a decoder. Each result is that of the
 * exact numerics, so rows, batches and chunks change no bit. May import: driver, adapter, step,
 * spi, model, error, kernels.
 */
@NullMarked
package io.lorikeet.gpu.forward;

import org.jspecify.annotations.NullMarked;
