/** Thin actor shells around the engine. May import: engine, config, Pekko. */
@NullMarked
package io.lorikeet.actors;

import org.jspecify.annotations.NullMarked;
