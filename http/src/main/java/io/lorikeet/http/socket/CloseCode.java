package io.lorikeet.http.socket;

/** Why a connection is closed, as RFC 6455, section 7.4, numbers it. */
enum CloseCode {
  NORMAL(1000),
  GOING_AWAY(1001),
  PROTOCOL_ERROR(1002),
  NOT_UTF8(1007),
  POLICY(1008),
  TOO_BIG(1009);

  /** What stands for a connection that ended without a close frame. Never sent. */
  static final int ABNORMAL = 1006;

  private static final int REGISTERED_MIN = 1000;
  private static final int REGISTERED_MAX = 1014;
  private static final int PRIVATE_MIN = 3000;
  private static final int PRIVATE_MAX = 4999;

  private final int number;

  CloseCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** Whether a close frame may carry a number: 1004 to 1006 stand for frames that never came. */
  static boolean mayBeSent(int number) {
    boolean registered =
        number >= REGISTERED_MIN && number <= REGISTERED_MAX && (number < 1004 || number > 1006);
    return registered || (number >= PRIVATE_MIN && number <= PRIVATE_MAX);
  }
}
