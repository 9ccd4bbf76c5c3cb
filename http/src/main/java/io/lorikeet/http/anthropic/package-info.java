/**
 * Anthropic's routes below {@code /v1/messages}. Requests are checked under their own names, then
 * put in the form of a chat completion and read as such. May import: actors, engine, config,
 * http.json, http.exchange, http.generation, http.chat, http.openai.
 */
@NullMarked
package io.lorikeet.http.anthropic;

import org.jspecify.annotations.NullMarked;
