/**
 * Vectors of texts, as OpenAI's clients and LoRAX's ask for them. May import: actors,
 * engine.schedule (pooling), engine errors, config, http.json, http.adapters, http.exchange,
 * http.openai, Pekko, Jackson.
 */
@NullMarked
package io.lorikeet.http.embeddings;

import org.jspecify.annotations.NullMarked;
