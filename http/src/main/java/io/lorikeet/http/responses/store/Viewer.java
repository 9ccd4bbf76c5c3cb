package io.lorikeet.http.responses.store;

/**
 * Who looks for a response. Nobody sees those of another principal, nor those that only another
 * session remembers.
 *
 * @param session of a connection; {@link #NONE} outside of any
 */
public record Viewer(String principal, long session) {
  public static final long NONE = 0;

  /** Somebody who sees what is stored, and no more. */
  public static Viewer of(String principal) {
    return new Viewer(principal, NONE);
  }

  boolean sees(Viewer owner) {
    return principal.equals(owner.principal) && (owner.session == NONE || owner.session == session);
  }
}
