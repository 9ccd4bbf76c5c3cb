/**
 * What a model or adapter folder is, whether it can be served, and what fits into memory: facts
 * first, then text or JSON of them. Starts nothing. May import: engine, config.
 */
@NullMarked
package io.lorikeet.cli.inspect;

import org.jspecify.annotations.NullMarked;
