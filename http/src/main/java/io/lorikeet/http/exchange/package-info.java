/**
 * One request and its response, apart from any API: bodies, replies, and the one place that maps
 * error codes to statuses and bodies. May import: actors, config, http.json, engine errors, Pekko.
 */
@NullMarked
package io.lorikeet.http.exchange;

import org.jspecify.annotations.NullMarked;
