package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.format.FileLimits;

/**
 * Bounds on an adapter folder, which anybody may have written.
 *
 * @param bytesMax bytes of the weights file, and of the image that is made of it
 * @param files bounds on header and configuration
 * @param patternCharsMax characters of one regular expression
 * @param patternStepsMax steps of all regular expressions of one adapter; a step visits one state
 *     of a pattern at one character
 */
public record AdapterLimits(
    long bytesMax, FileLimits files, int patternCharsMax, long patternStepsMax) {
  public static final AdapterLimits DEFAULT =
      new AdapterLimits(2L << 30, FileLimits.DEFAULT, 4096, 200_000_000);

  /** The usual limits with another one for the weights. */
  public static AdapterLimits ofBytes(long bytesMax) {
    return new AdapterLimits(
        bytesMax, DEFAULT.files, DEFAULT.patternCharsMax, DEFAULT.patternStepsMax);
  }
}
