/**
 * Hostile clients: requests changed at random, in their JSON and in their bytes on the wire,
 * against a whole server. May import: everything.
 */
@NullMarked
package io.lorikeet.cli.fuzz;

import org.jspecify.annotations.NullMarked;
