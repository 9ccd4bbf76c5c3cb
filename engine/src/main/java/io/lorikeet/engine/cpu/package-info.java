/**
 * The CPU executor: one decoder on persistent worker threads, over the operations of {@code
 * kernels}. Every result is an exact chain per row, so threads, batches and chunks change no bit.
 * May import: error, config, spi, step, model, adapter, sample, kernels.
 */
@NullMarked
package io.lorikeet.engine.cpu;

import org.jspecify.annotations.NullMarked;
