package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Optional;

/** What a client may refer to: its own earlier responses. */
public interface Earlier {
  /**
   * The items that a response was made from and those that it is, in order.
   *
   * @throws LorikeetException PREVIOUS_RESPONSE_NOT_FOUND; REQUEST_INVALID where it can't be
   *     continued
   */
  List<ObjectNode> conversation(String responseId);

  /** One item of an earlier response, by its id. */
  Optional<ObjectNode> item(String id);
}
