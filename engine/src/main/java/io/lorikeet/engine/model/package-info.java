/**
 * What a decoder is: its spec, its weights in place, and one small reader per {@code model_type}.
 * May import: error, format, kernels.
 */
@NullMarked
package io.lorikeet.engine.model;

import org.jspecify.annotations.NullMarked;
