/** The command line. May import: http, actors, engine, config. */
@NullMarked
package io.lorikeet.cli;

import org.jspecify.annotations.NullMarked;
