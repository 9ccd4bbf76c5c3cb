/**
 * Thin actor shells around the engine, and what they need beside it without actors: a request's
 * events, its credit, the books of adapters. May import: engine, config, Pekko, Jackson's tree,
 * SLF4J.
 */
@NullMarked
package io.lorikeet.actors;

import org.jspecify.annotations.NullMarked;
