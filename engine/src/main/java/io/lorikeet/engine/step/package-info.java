/**
 * What every executor keeps of the step in flight and of its sequences: rows that were checked,
 * seats, angles of the rotary embedding, shapes of adapter images; and which matrices of the base
 * it packs. Knows no arithmetic of a device. May import: config, error, spi, model, adapter,
 * sample, kernels.
 */
@NullMarked
package io.lorikeet.engine.step;

import org.jspecify.annotations.NullMarked;
