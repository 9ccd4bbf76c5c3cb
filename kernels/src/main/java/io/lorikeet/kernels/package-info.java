/**
 * The mathematics, once per operation and face: what each operation is to the bit ({@link
 * io.lorikeet.kernels.Kernels}), the layouts it reads, and the elementary functions. The scalar
 * face is in {@code reference}, the fast one in {@code vector}. Imports nothing but the JDK.
 */
@NullMarked
package io.lorikeet.kernels;

import org.jspecify.annotations.NullMarked;
