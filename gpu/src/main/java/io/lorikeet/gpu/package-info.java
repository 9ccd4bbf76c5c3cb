/** Empty until the CUDA back end arrives. May import: engine, kernels, config. */
@NullMarked
package io.lorikeet.gpu;

import org.jspecify.annotations.NullMarked;
