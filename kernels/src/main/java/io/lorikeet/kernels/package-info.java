/** The mathematics, once per operation and face. May import: jdk.incubator.vector. */
@NullMarked
package io.lorikeet.kernels;

import org.jspecify.annotations.NullMarked;
