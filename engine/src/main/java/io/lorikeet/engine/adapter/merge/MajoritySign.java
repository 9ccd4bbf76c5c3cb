package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Locale;

/** What decides the sign of an entry. */
public enum MajoritySign {
  /** The sign of the entries' sum. */
  TOTAL,
  /** The sign that more entries have. */
  FREQUENCY;

  /** As it stands in requests. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The method of a name.
   *
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE
   */
  public static MajoritySign of(String name) {
    for (MajoritySign method : values()) {
      if (method.wire().equals(name)) {
        return method;
      }
    }
    throw new LorikeetException(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        "`majority_sign_method` must be total or frequency. Given: " + name);
  }
}
