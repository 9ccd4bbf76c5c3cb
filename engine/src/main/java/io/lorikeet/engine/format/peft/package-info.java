/**
 * PEFT adapter folders: copied, hashed, and turned into canonical deltas. A field of
 * adapter_config.json is implemented, refused with a code, or neutral for a stated reason. May
 * import: error, format, kernels, model, adapter and its merges, Jackson.
 */
@NullMarked
package io.lorikeet.engine.format.peft;

import org.jspecify.annotations.NullMarked;
