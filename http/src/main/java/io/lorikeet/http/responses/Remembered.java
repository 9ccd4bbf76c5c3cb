package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.responses.request.Earlier;
import io.lorikeet.http.responses.request.ItemIds;
import io.lorikeet.http.responses.request.Shown;
import io.lorikeet.http.responses.store.Link;
import io.lorikeet.http.responses.store.ResponseStore;
import io.lorikeet.http.responses.store.ResponseStore.Found;
import io.lorikeet.http.responses.store.Viewer;
import java.util.List;
import java.util.Optional;

/** What one request refers to. Made anew for each, used by one thread. */
final class Remembered implements Earlier {
  private final ResponseStore store;
  private final LiveResponses live;
  private final Viewer viewer;
  private final long nowNanos;
  private Optional<Link> continued = Optional.empty();

  Remembered(ResponseStore store, LiveResponses live, Viewer viewer, long nowNanos) {
    this.store = store;
    this.live = live;
    this.viewer = viewer;
    this.nowNanos = nowNanos;
  }

  /** The conversation that was asked for; empty: none was. */
  Optional<Link> continued() {
    return continued;
  }

  @Override
  public List<ObjectNode> conversation(String responseId) {
    if (live.find(viewer.principal(), responseId).isPresent()) {
      throw notContinued("that has ended");
    }
    return switch (store.conversation(viewer, responseId, nowNanos)) {
      case Found.Conversation(Link link) -> {
        continued = Optional.of(link);
        yield link.conversation();
      }
      case Found.Failed _ -> throw notContinued("that did not fail");
      case Found.Nothing _ ->
          throw new LorikeetException(
              ErrorCode.PREVIOUS_RESPONSE_NOT_FOUND,
              "`previous_response_id` must name a stored response. Given: "
                  + Shown.shortened(responseId));
    };
  }

  private static LorikeetException notContinued(String which) {
    return new LorikeetException(
        ErrorCode.REQUEST_INVALID, "`previous_response_id` must name a response " + which);
  }

  @Override
  public Optional<ObjectNode> item(String id) {
    return ItemIds.responseOf(id).flatMap(response -> store.item(viewer, response, id, nowNanos));
  }
}
