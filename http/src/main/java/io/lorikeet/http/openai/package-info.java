/**
 * OpenAI's routes below {@code /v1}, with vLLM's extensions. May import: actors, engine, config,
 * http.json, http.exchange, http.generation, http.chat.
 */
@NullMarked
package io.lorikeet.http.openai;

import org.jspecify.annotations.NullMarked;
