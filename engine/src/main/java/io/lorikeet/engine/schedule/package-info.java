/**
 * Which sequence computes what in which step: continuous batching, chunked prefill, fairness,
 * credit, adapter slots, preemption and recovery. Pure: no clock, no I/O, no threads; time comes in
 * as an argument and everything runs on the caller's thread. May import: config, error, adapter,
 * sample, spi, kv, memory.
 */
@NullMarked
package io.lorikeet.engine.schedule;

import org.jspecify.annotations.NullMarked;
