/**
 * Adapters on the device: where an image lies, what slots name, and how it gets there. May import:
 * driver, step, spi, adapter, model, error, kernels.
 */
@NullMarked
package io.lorikeet.gpu.adapter;

import org.jspecify.annotations.NullMarked;
