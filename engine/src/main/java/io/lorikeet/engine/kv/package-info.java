/**
 * KV blocks as bookkeeping: who holds which block, and when it may be used again. Knows nothing of
 * what blocks contain. Pure: no clock, no I/O, no threads. May import: memory.
 */
@NullMarked
package io.lorikeet.engine.kv;

import org.jspecify.annotations.NullMarked;
