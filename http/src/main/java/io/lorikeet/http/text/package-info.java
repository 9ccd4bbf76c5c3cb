/**
 * Text without an answer: tokens of texts, texts of tokens and chats. May import: actors, config,
 * http.exchange, http.json, http.openai for chats, engine errors, Pekko.
 */
@NullMarked
package io.lorikeet.http.text;

import org.jspecify.annotations.NullMarked;
