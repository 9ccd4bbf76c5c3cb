/**
 * Measures the engine in process, through the real scheduler and executor, on weights that are made
 * up in a published model's shape. May import: actors, config, engine, http.generation, Jackson,
 * Pekko's streams.
 */
@NullMarked
package io.lorikeet.cli.bench;

import org.jspecify.annotations.NullMarked;
