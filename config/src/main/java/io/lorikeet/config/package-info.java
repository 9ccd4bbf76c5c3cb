/** Typed settings records, read once at start. May import: the configuration library only. */
@NullMarked
package io.lorikeet.config;

import org.jspecify.annotations.NullMarked;
