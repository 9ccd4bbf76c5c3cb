/**
 * Several plain LoRA adapters made into one: recipes, the identity of what comes out, and PEFT's
 * arithmetic on A and B. What comes out is an ordinary image of a generation of its own. Pure: no
 * clock, no I/O, no threads. May import: error, model, adapter, sample, kernels.
 */
@NullMarked
package io.lorikeet.engine.adapter.merge;

import org.jspecify.annotations.NullMarked;
