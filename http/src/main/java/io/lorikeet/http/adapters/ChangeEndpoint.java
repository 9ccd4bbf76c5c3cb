package io.lorikeet.http.adapters;

import io.lorikeet.actors.AdapterChange;
import io.lorikeet.actors.AdapterOrder;
import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * vLLM's {@code POST /v1/load_lora_adapter} and {@code POST /v1/unload_lora_adapter}. Unlike there,
 * a load is answered when the adapter can be used, and an unload when no request uses it any more;
 * 202 where some still do after the wait.
 */
public final class ChangeEndpoint implements Endpoint {
  public static final String LOAD = "/v1/load_lora_adapter";
  public static final String UNLOAD = "/v1/unload_lora_adapter";

  private final Surface surface;
  private final Change change;

  private ChangeEndpoint(Surface surface, Change change) {
    this.surface = surface;
    this.change = change;
  }

  /** Reads the body and lets the engine do it. */
  @FunctionalInterface
  private interface Change {
    CompletionStage<AdapterChange> begin(Call call, Fields fields);
  }

  public static Endpoint load(Surface surface) {
    return new ChangeEndpoint(
        surface,
        (call, fields) -> {
          fields.only("lora_name", "lora_path", "load_inplace");
          return surface
              .engine()
              .loadAdapter(
                  new AdapterOrder(
                      call.principal(),
                      fields.requiredText("lora_name"),
                      fields.requiredText("lora_path"),
                      fields.flag("load_inplace", false)));
        });
  }

  public static Endpoint unload(Surface surface) {
    return new ChangeEndpoint(
        surface,
        (call, fields) -> {
          fields.only("lora_name");
          return surface.engine().unloadAdapter(call.principal(), fields.requiredText("lora_name"));
        });
  }

  @Override
  public Guard guard() {
    return Guard.ADMIN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface
        .bodies()
        .answer(
            call,
            object -> change.begin(call, new Fields(object)).thenApply(ChangeEndpoint::reply));
  }

  private static HttpResponse reply(AdapterChange change) {
    return switch (change) {
      case AdapterChange.Loaded(String name, _) ->
          Replies.text(200, "Success: LoRA adapter '" + name + "' added successfully.");
      case AdapterChange.Unloaded(String name, int leases) when leases == 0 ->
          Replies.text(200, "Success: LoRA adapter '" + name + "' removed successfully.");
      case AdapterChange.Unloaded(String name, int leases) ->
          Replies.text(
              202,
              "Accepted: LoRA adapter '%s' is removed; %d running requests still use it."
                  .formatted(name, leases));
      case AdapterChange.Refused(var code, String message) ->
          Family.OPENAI.reply(Family.OPENAI.problem(code, message));
    };
  }
}
