package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;

/** What came of loading or unloading an adapter. */
public sealed interface AdapterChange {
  /**
   * It can be used.
   *
   * @param generation hash of its content
   */
  record Loaded(String name, String generation) implements AdapterChange {}

  /**
   * Its name is gone.
   *
   * @param leases requests that still run with it
   */
  record Unloaded(String name, int leases) implements AdapterChange {}

  /** Nothing has changed. */
  record Refused(ErrorCode code, String message) implements AdapterChange {}
}
