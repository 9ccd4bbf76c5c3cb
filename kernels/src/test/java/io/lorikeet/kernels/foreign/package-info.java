/** Tests of the C kernels without Java around them. May import: kernels, kernels.foreign. */
@NullMarked
package io.lorikeet.kernels.foreign;

import org.jspecify.annotations.NullMarked;
