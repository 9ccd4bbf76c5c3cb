/**
 * OpenAI's Responses: one request, its typed events, and what is remembered of it for those that
 * continue it. HTTP and WebSocket answer from the same {@link
 * io.lorikeet.http.responses.ResponseRuns}. May import: actors, engine, config, http.access,
 * http.chat, http.exchange, http.generation, http.json, http.openai, Pekko.
 */
@NullMarked
package io.lorikeet.http.responses;

import org.jspecify.annotations.NullMarked;
