/**
 * Device memory as bookkeeping: the byte budget and the order in which places become free again.
 * Pure: no clock, no I/O, no threads. May import: nothing of the project.
 */
@NullMarked
package io.lorikeet.engine.memory;

import org.jspecify.annotations.NullMarked;
