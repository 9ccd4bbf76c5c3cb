/**
 * OpenAI's Responses over WebSocket: lanes of requests on one connection. {@link
 * io.lorikeet.http.socket.FrameReader} knows frames, {@link io.lorikeet.http.socket.Lanes} knows
 * what runs when, both pure; a stage per connection carries out what they say. May import: the
 * other packages of {@code http}, {@code config}, {@code engine.error}, Pekko.
 */
@NullMarked
package io.lorikeet.http.socket;

import org.jspecify.annotations.NullMarked;
