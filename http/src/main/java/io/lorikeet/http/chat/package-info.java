/**
 * One turn of an assistant, whatever API asked for it: text and tool calls as events, or folded
 * into a whole. Pure. May import: actors, engine, config, http.generation, http.json, Jackson.
 */
@NullMarked
package io.lorikeet.http.chat;

import org.jspecify.annotations.NullMarked;
