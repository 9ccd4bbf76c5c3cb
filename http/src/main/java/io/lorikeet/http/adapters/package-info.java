/**
 * Which adapters a request chooses, in the spellings that all routes share, and llama.cpp's list of
 * them. May import: actors, config, engine errors, http.json, http.exchange.
 */
@NullMarked
package io.lorikeet.http.adapters;

import org.jspecify.annotations.NullMarked;
