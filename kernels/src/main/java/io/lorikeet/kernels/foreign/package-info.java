/**
 * The C face: kernels of {@code src/main/c}, compiled by the build where there is a C compiler, and
 * called through the Foreign Function API. Sizes are checked here before each call. What has no C
 * kernel is done by the vector face, with the same bits. May import: kernels, kernels.vector.
 */
@NullMarked
package io.lorikeet.kernels.foreign;

import org.jspecify.annotations.NullMarked;
