package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.chat.TurnEvent;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.responses.request.ItemIds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The items of a response as they come to be, one after the other: a message while there is text, a
 * function call while there is one. Tells each change as an event without its number.
 */
final class Output {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String DONE = "completed";
  private static final String CUT = "incomplete";

  private final String key;
  private final boolean logprobs;
  private final Consumer<ObjectNode> told;
  private final List<ObjectNode> items = new ArrayList<>(); // complete ones
  // Tokens whose text is not certain yet; the text that comes next is theirs.
  private final List<TokenPiece> pending = new ArrayList<>();
  private Optional<Open> open = Optional.empty();
  // A call that ended is told with what comes next, which shows whether it was cut.
  private boolean callEnded;

  /**
   * @param key of the request, for the ids of items
   * @param logprobs whether the client wants to see them
   * @param told gets every event
   */
  Output(String key, boolean logprobs, Consumer<ObjectNode> told) {
    this.key = key;
    this.logprobs = logprobs;
    this.told = told;
  }

  /** The item that is being made. */
  private sealed interface Open {
    String id();

    record Message(String id, StringBuilder text, ArrayNode logprobs) implements Open {}

    record Call(String id, String callId, String name, StringBuilder arguments) implements Open {}
  }

  /** All items that are complete. */
  ArrayNode items() {
    return JSON.arrayNode().addAll(items);
  }

  void text(TurnEvent.Text event) {
    if (callEnded) {
      close(DONE);
    }
    if (logprobs) {
      pending.addAll(event.tokens());
    }
    if (!event.text().isEmpty()) {
      delta(message(), event.text());
    }
  }

  void call(TurnEvent.CallBegun event) {
    // What was drawn since the last text is the beginning of the call.
    pending.clear();
    close(DONE);
    String id = ItemIds.out("fc", key, items.size());
    Open.Call call = new Open.Call(id, event.id(), event.name(), new StringBuilder());
    open = Optional.of(call);
    told.accept(itemEvent("response.output_item.added", item(call, "in_progress")));
  }

  void arguments(TurnEvent.CallArguments event) {
    if (open.isPresent() && open.get() instanceof Open.Call call) {
      call.arguments().append(event.delta());
      ObjectNode delta = partEvent("response.function_call_arguments.delta", call);
      told.accept(delta.put("delta", event.delta()));
    } else {
      throw new IllegalStateException("arguments of no call");
    }
  }

  void callEnded() {
    callEnded = true;
    pending.clear();
  }

  /** Nothing follows. An answer without a word is an empty message. */
  void end(boolean complete) {
    if (open.isEmpty() && items.isEmpty()) {
      message();
    }
    if (!pending.isEmpty() && open.isPresent() && open.get() instanceof Open.Message message) {
      delta(message, "");
    }
    close(complete || isWholeCall() ? DONE : CUT);
  }

  // Of an answer that was cut, the calls before its end are whole, the last one may be.
  private boolean isWholeCall() {
    if (!callEnded || !(open.isPresent() && open.get() instanceof Open.Call call)) {
      return false;
    }
    try {
      Json.readObject(call.arguments().toString().getBytes(StandardCharsets.UTF_8));
      return true;
    } catch (LorikeetException _) {
      return false;
    }
  }

  /** Nothing follows, in the middle of something. */
  void cut() {
    close(CUT);
  }

  private Open.Message message() {
    if (open.isPresent() && open.get() instanceof Open.Message message) {
      return message;
    }
    Open.Message message =
        new Open.Message(
            ItemIds.out("msg", key, items.size()), new StringBuilder(), JSON.arrayNode());
    open = Optional.of(message);
    ObjectNode item = item(message, "in_progress");
    item.putArray("content");
    told.accept(itemEvent("response.output_item.added", item));
    ObjectNode added = contentEvent("response.content_part.added", message);
    added.set("part", part(message));
    told.accept(added);
    return message;
  }

  private void delta(Open.Message message, String text) {
    message.text().append(text);
    ObjectNode delta = contentEvent("response.output_text.delta", message).put("delta", text);
    TokenLogprobs.add(delta.putArray("logprobs"), pending);
    TokenLogprobs.add(message.logprobs(), pending);
    pending.clear();
    told.accept(delta);
  }

  private void close(String status) {
    if (open.isEmpty()) {
      return;
    }
    switch (open.get()) {
      case Open.Message message -> {
        ObjectNode text = contentEvent("response.output_text.done", message);
        text.put("text", message.text().toString()).set("logprobs", message.logprobs());
        told.accept(text);
        ObjectNode part = contentEvent("response.content_part.done", message);
        part.set("part", part(message));
        told.accept(part);
        complete(item(message, status));
      }
      case Open.Call call -> {
        told.accept(
            partEvent("response.function_call_arguments.done", call)
                .put("name", call.name())
                .put("arguments", call.arguments().toString()));
        complete(item(call, status));
      }
    }
  }

  private void complete(ObjectNode item) {
    told.accept(itemEvent("response.output_item.done", item));
    items.add(item);
    open = Optional.empty();
    callEnded = false;
  }

  private ObjectNode itemEvent(String type, ObjectNode item) {
    ObjectNode event = JSON.objectNode().put("type", type).put("output_index", items.size());
    event.set("item", item);
    return event;
  }

  private ObjectNode partEvent(String type, Open item) {
    return JSON.objectNode()
        .put("type", type)
        .put("item_id", item.id())
        .put("output_index", items.size());
  }

  private ObjectNode contentEvent(String type, Open.Message message) {
    return partEvent(type, message).put("content_index", 0);
  }

  private static ObjectNode item(Open.Message message, String status) {
    ObjectNode item = started(message.id(), "message", status).put("role", "assistant");
    item.putArray("content").add(part(message));
    return item;
  }

  private static ObjectNode item(Open.Call call, String status) {
    return started(call.id(), "function_call", status)
        .put("call_id", call.callId())
        .put("name", call.name())
        .put("arguments", call.arguments().toString());
  }

  private static ObjectNode started(String id, String type, String status) {
    return JSON.objectNode().put("id", id).put("type", type).put("status", status);
  }

  private static ObjectNode part(Open.Message message) {
    ObjectNode part = JSON.objectNode().put("type", "output_text");
    part.put("text", message.text().toString());
    part.putArray("annotations");
    part.set("logprobs", message.logprobs().deepCopy());
    return part;
  }
}
