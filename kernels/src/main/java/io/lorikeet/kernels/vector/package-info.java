/**
 * The fast face on the Vector API. One source serves every width: {@link
 * io.lorikeet.kernels.vector.Specialisation} defines the classes of {@code lanes} anew for each
 * width and storage type, so that both are constants to the compiler. May import: kernels.
 */
@NullMarked
package io.lorikeet.kernels.vector;

import org.jspecify.annotations.NullMarked;
