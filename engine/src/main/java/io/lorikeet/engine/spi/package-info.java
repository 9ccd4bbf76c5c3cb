/**
 * The seam between scheduling and arithmetic: the Executor contract and its records. May import:
 * error, adapter, sample, model.
 */
@NullMarked
package io.lorikeet.engine.spi;

import org.jspecify.annotations.NullMarked;
