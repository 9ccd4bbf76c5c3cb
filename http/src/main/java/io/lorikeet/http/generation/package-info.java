/**
 * An answer as a stream of events, as server-sent events, or folded into a whole. May import:
 * actors, http.json, http.exchange, Pekko.
 */
@NullMarked
package io.lorikeet.http.generation;

import org.jspecify.annotations.NullMarked;
