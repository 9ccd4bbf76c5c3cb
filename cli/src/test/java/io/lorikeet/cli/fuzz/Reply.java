package io.lorikeet.cli.fuzz;

import java.util.Map;

/**
 * One response.
 *
 * @param headers by lower-case name; repeated ones are joined by a comma
 * @param whole false: the connection ended within it
 */
record Reply(int status, Map<String, String> headers, byte[] body, boolean whole) {
  String header(String name) {
    return headers.getOrDefault(name, "");
  }
}
