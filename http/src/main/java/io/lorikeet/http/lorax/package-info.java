/**
 * LoRAX's own routes: {@code /generate}, {@code /generate_stream}, {@code /info}, {@code /health}.
 * May import: actors, engine, config, http.json, http.exchange, http.generation, http.openai.
 */
@NullMarked
package io.lorikeet.http.lorax;

import org.jspecify.annotations.NullMarked;
