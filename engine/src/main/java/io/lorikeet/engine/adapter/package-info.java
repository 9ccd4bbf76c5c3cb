/**
 * Adapters in canonical form: whatever PEFT variant a file holds becomes a sum of simple deltas per
 * (layer, projection). Pure: no clock, no I/O, no threads. May import: error, model, kernels.
 */
@NullMarked
package io.lorikeet.engine.adapter;

import org.jspecify.annotations.NullMarked;
