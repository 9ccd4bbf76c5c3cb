/**
 * What every executor keeps of the step in flight and of its sequences: rows that were checked,
 * seats, angles of the rotary embedding, shapes of adapter images. Knows no arithmetic of a device.
 * May import: error, spi, model, adapter, sample, kernels.
 */
@NullMarked
package io.lorikeet.engine.step;

import org.jspecify.annotations.NullMarked;
