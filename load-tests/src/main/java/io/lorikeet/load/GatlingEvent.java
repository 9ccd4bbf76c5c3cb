package io.lorikeet.load;

/**
 * A server-sent event as Gatling gives it: an object around its data, which stands there as it
 * came.
 */
final class GatlingEvent {
  private static final String BEGIN = "{\"data\":";
  private static final String END = "}";

  private GatlingEvent() {}

  /** The data of an event without a name; another event as it is. */
  static String data(String event) {
    return event.startsWith(BEGIN) && event.endsWith(END)
        ? event.substring(BEGIN.length(), event.length() - END.length())
        : event;
  }
}
