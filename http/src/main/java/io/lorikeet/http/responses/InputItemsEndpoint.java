package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.responses.request.Shown;
import io.lorikeet.http.responses.store.Viewer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code GET /v1/responses/ID/input_items}: what a response was made from, the conversation that it
 * continues included, page by page.
 */
final class InputItemsEndpoint implements Endpoint {
  private static final int PAGE_MAX = 100;
  private static final int PAGE_USUAL = 20;
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,9}");

  private final EngineRuns runs;

  InputItemsEndpoint(EngineRuns runs) {
    this.runs = runs;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    Lookup query = Lookup.of(call);
    query.refuse("before");
    int limit = limit(query);
    boolean ascending = ascending(query);
    String id = Lookup.id(call);
    List<ObjectNode> items =
        runs.live()
            .find(call.principal(), id)
            .map(LiveResponse::input)
            .or(() -> runs.store().input(Viewer.of(call.principal()), id, runs.now()))
            .orElseThrow(() -> Lookup.notFound(id));
    List<ObjectNode> ordered = ascending ? items : items.reversed();
    int first = query.text("after").map(after -> place(ordered, after) + 1).orElse(0);
    int end = Math.min(first + limit, ordered.size());
    return StoredEndpoint.reply(page(ordered.subList(first, end), end < ordered.size()));
  }

  private static int limit(Lookup query) {
    Optional<String> given = query.text("limit");
    if (given.isEmpty()) {
      return PAGE_USUAL;
    }
    int limit = DIGITS.matcher(given.get()).matches() ? Integer.parseInt(given.get()) : 0;
    Fields.require(
        limit >= 1 && limit <= PAGE_MAX,
        "limit",
        "must be >= 1 and <= " + PAGE_MAX,
        Shown.shortened(given.get()));
    return limit;
  }

  private static boolean ascending(Lookup query) {
    String order = query.text("order").orElse("desc");
    if (!order.equals("asc") && !order.equals("desc")) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`order` must be \"asc\" or \"desc\". Given: " + Shown.shortened(order));
    }
    return order.equals("asc");
  }

  private static int place(List<ObjectNode> items, String after) {
    return IntStream.range(0, items.size())
        .filter(i -> id(items.get(i)).equals(after))
        .findFirst()
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.REQUEST_INVALID,
                "`after` must name an item of the list. Given: " + Shown.shortened(after)));
  }

  private static ObjectNode page(List<ObjectNode> items, boolean more) {
    ObjectNode page = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = page.putArray("data").addAll(items);
    if (data.isEmpty()) {
      page.putNull("first_id").putNull("last_id");
    } else {
      page.put("first_id", id(items.getFirst())).put("last_id", id(items.getLast()));
    }
    return page.put("has_more", more);
  }

  private static String id(ObjectNode item) {
    return item.path("id").asText();
  }
}
