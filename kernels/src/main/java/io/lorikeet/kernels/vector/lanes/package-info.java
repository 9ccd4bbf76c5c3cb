/**
 * The vector code, written for a width and a storage type that are constants: {@link
 * io.lorikeet.kernels.vector.Specialisation} defines these classes once for each, and they cannot
 * be used otherwise. Sixteen lanes of the exact chain never meet before the tree, so narrower
 * vectors take them in parts, one pass each.
 *
 * <p>Rules of speed: vectors live in local variables and cross only calls that are inlined; loops
 * count in {@code int}; no {@code reduceLanes}; no masks in loops. May import: kernels, vector.
 */
@NullMarked
package io.lorikeet.kernels.vector.lanes;

import org.jspecify.annotations.NullMarked;
