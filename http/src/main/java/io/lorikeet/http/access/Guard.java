package io.lorikeet.http.access;

/** Who may use an endpoint. */
public enum Guard {
  /** Whoever reaches the server: health checks and the files of the page. */
  OPEN,
  /** Whoever has a key, where keys are configured. */
  USER,
  /** Whoever has a key with the role admin, where keys are configured. */
  ADMIN
}
