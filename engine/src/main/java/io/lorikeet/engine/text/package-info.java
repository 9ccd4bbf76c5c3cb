/**
 * Text to token ids and back: the tokenizer of a model folder, a detokenizer that works token by
 * token, the stop-string matcher and the sources of chat templates. Encoding runs in the native
 * Hugging Face library behind {@link io.lorikeet.engine.text.Tokenizer}; everything else is plain
 * Java. Nothing here keeps a clock or a thread. May import: error, format, text.template, Jackson,
 * DJL tokenizers, SLF4J.
 */
@NullMarked
package io.lorikeet.engine.text;

import org.jspecify.annotations.NullMarked;
