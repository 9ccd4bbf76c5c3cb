/**
 * The scalar face: every operation as its definition reads, one rounding after the other. It is
 * what the other faces are compared with, bit by bit. May import: kernels.
 */
@NullMarked
package io.lorikeet.kernels.reference;

import org.jspecify.annotations.NullMarked;
