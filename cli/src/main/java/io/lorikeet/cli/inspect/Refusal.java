package io.lorikeet.cli.inspect;

import io.lorikeet.engine.error.LorikeetException;

/**
 * Why a folder can't be served, in the words of the server.
 *
 * @param code stable, as on the wire
 */
record Refusal(String code, String message) {
  static Refusal of(LorikeetException e) {
    return new Refusal(e.code().wire(), String.valueOf(e.getMessage()));
  }
}
