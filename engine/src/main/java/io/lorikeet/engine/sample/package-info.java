/**
 * Logits to tokens: processors, counter RNG, argmax. Pure: time and randomness come in as
 * arguments. May import: error, kernels.
 */
@NullMarked
package io.lorikeet.engine.sample;

import org.jspecify.annotations.NullMarked;
