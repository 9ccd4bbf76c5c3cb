package io.lorikeet.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of an API key: the key itself is kept nowhere. */
public final class KeyHash {
  private static final int BYTES = 32;

  private final byte[] bytes; // [32]

  private KeyHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The hash of a key as clients send it. */
  public static KeyHash of(String key) {
    try {
      return new KeyHash(
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * A hash as 64 hexadecimal digits.
   *
   * @throws IllegalArgumentException for anything else; the message does not repeat it
   */
  public static KeyHash ofHex(String digits) {
    byte[] bytes;
    try {
      bytes = HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException _) {
      bytes = new byte[0];
    }
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("must be 64 hexadecimal digits");
    }
    return new KeyHash(bytes);
  }

  /** Whether both are the same, in a time that does not tell where they differ. */
  public boolean matches(KeyHash other) {
    return MessageDigest.isEqual(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyHash hash && matches(hash);
  }

  @Override
  public int hashCode() {
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24;
  }

  @Override
  public String toString() {
    return "***";
  }
}
