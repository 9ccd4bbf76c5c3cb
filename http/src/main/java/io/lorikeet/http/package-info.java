/**
 * The HTTP surface: starts the server, finds the endpoint of a request and decides what every error
 * looks like. Endpoints live in the packages below. May import: actors, engine, config, Pekko.
 */
@NullMarked
package io.lorikeet.http;

import org.jspecify.annotations.NullMarked;
