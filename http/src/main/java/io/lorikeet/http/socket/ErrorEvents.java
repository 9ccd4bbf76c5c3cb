package io.lorikeet.http.socket;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.json.Json;
import java.util.Optional;

/** The {@code error} event of OpenAI's sockets: the body of a refusal, its status and its lane. */
final class ErrorEvents {
  private ErrorEvents() {}

  /**
   * @param lane empty where it is not known, or has no name
   */
  static ObjectNode of(Problem problem, Optional<String> lane) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("type", "error");
    event.put("status", problem.status());
    lane.ifPresent(name -> event.put("stream_id", name));
    event.setAll(Json.readObject(Family.OPENAI.body(problem)));
    return event;
  }

  /**
   * The same, where it is known when another try may do.
   *
   * @param seconds until then
   */
  static ObjectNode of(Problem problem, Optional<String> lane, long seconds) {
    ObjectNode event = of(problem, lane);
    event.withObject("/error").putObject("headers").put("retry-after", "" + seconds);
    return event;
  }
}
