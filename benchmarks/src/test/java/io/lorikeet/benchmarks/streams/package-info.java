/**
 * How many tokens a second go through everything between the executor and a client: scheduler,
 * actors, detokenizer, HTTP and server-sent events. May import: actors, config, engine and its
 * fakes, http, picocli.
 */
@NullMarked
package io.lorikeet.benchmarks.streams;

import org.jspecify.annotations.NullMarked;
