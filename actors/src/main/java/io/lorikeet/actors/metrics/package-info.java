/**
 * What Lorikeet tells Prometheus, under vLLM's names where there is one. The only place that knows
 * Kamon. May import: engine, Kamon, the configuration library.
 */
@NullMarked
package io.lorikeet.actors.metrics;

import org.jspecify.annotations.NullMarked;
