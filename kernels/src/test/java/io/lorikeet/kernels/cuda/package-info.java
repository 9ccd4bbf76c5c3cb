/**
 * Tests of the CUDA kernels without a GPU: the kernels' sources compiled by a C++ compiler against
 * the emulator in {@code src/test/cpp}. May import nothing of the project.
 */
@NullMarked
package io.lorikeet.kernels.cuda;

import org.jspecify.annotations.NullMarked;
