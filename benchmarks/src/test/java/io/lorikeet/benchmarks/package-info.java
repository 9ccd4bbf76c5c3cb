/**
 * Benchmarks of parts on their own, run by JMH. May import: config, kernels, engine and its fakes.
 */
@NullMarked
package io.lorikeet.benchmarks;

import org.jspecify.annotations.NullMarked;
