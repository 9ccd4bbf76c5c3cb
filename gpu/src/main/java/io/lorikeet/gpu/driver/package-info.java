/**
 * The CUDA driver as the executor uses it: one context with its memory, streams, events and
 * kernels. JCuda does all but what it lacks or does slowly, launches above all, which go through
 * the foreign-function API. Knows nothing of models. May import: error.
 */
@NullMarked
package io.lorikeet.gpu.driver;

import org.jspecify.annotations.NullMarked;
