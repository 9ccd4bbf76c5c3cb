package io.lorikeet.http.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.socket.ClientEvent.Create;
import java.util.List;

/** The request that a {@code response.create} stands for. */
final class CreateBody {
  private static final List<String> OF_THE_SOCKET =
      List.of("type", "stream_id", "stream", "background", "generate");

  private CreateBody() {}

  /**
   * The fields of a request over HTTP. What is streamed anyway need not be said.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED where it asks for what a socket does not do
   */
  static ObjectNode of(Create create) {
    Fields fields = new Fields(create.body());
    require(fields.flag("stream", true), "`stream` must be true or absent: a socket streams");
    require(!fields.flag("background", false), "`background` does not work on a WebSocket");
    require(fields.flag("generate", true), "`generate` must be true or absent");
    return create.body().deepCopy().without(OF_THE_SOCKET);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new LorikeetException(ErrorCode.PARAMETER_UNSUPPORTED, message);
    }
  }
}
