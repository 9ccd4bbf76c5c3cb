package io.lorikeet.http.lorax;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.Engine.EngineStatus;
import io.lorikeet.actors.Engine.ServedModel;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** {@code GET /info}: LoRAX's fields, then the executor and the counts of the step loop. */
public final class InfoEndpoint implements Endpoint {
  private final Surface surface;
  private final String version;

  public InfoEndpoint(Surface surface, String version) {
    this.surface = surface;
    this.version = version;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.engine().status().thenApply(status -> Replies.json(200, body(status)));
  }

  private byte[] body(EngineStatus status) {
    ExecutorInfo executor = surface.engine().executor();
    return Json.bytes(json -> {
      json.writeStartObject();
      writeModel(json, surface.engine().model(), executor);
      writeLimits(json, surface.settings(), surface.engine().model(), executor);
      json.writeStringField("version", version);
      writeExecutor(json, executor);
      writeLoop(json, status.loop());
      json.writeEndObject();
    });
  }

  private static void writeModel(JsonGenerator json, ServedModel model, ExecutorInfo executor)
      throws IOException {
    json.writeStringField("model_id", model.name());
    json.writeStringField("model_sha", model.fingerprint());
    json.writeStringField("model_type", model.modelType());
    json.writeStringField("model_device_type", executor.backend());
    json.writeStringField("model_pipeline_tag", "text-generation");
    json.writeNumberField("vocab_size", model.vocabSize());
    json.writeBooleanField("has_tokenizer", model.hasTokenizer());
    json.writeBooleanField("has_chat_template", model.hasChatTemplate());
  }

  private static void writeLimits(
      JsonGenerator json, Settings settings, ServedModel model, ExecutorInfo executor)
      throws IOException {
    json.writeNumberField(
        "max_concurrent_requests",
        settings
            .requests()
            .concurrent(settings.schedule().waitingMax() + settings.engine().seats()));
    json.writeNumberField("max_best_of", settings.requests().choicesMax());
    json.writeNumberField("max_choices", settings.requests().choicesMax());
    json.writeNumberField(
        "max_adapters", Math.min(settings.schedule().adaptersMax(), executor.slots()));
    json.writeNumberField("max_stop_sequences", settings.requests().stopsMax());
    json.writeNumberField("max_input_length", settings.requests().promptTokens(model.contextMax()));
    json.writeNumberField("max_total_tokens", model.contextMax());
    json.writeNumberField("max_body_bytes", settings.server().bodyBytesMax());
  }

  private static void writeExecutor(JsonGenerator json, ExecutorInfo executor) throws IOException {
    json.writeObjectFieldStart("executor");
    json.writeStringField("backend", executor.backend());
    json.writeStringField("kernels", executor.kernelPath());
    json.writeStringField("numerics", executor.numericsId());
    json.writeNumberField("depth", executor.depth());
    json.writeNumberField("kv_blocks", executor.kvBlocks());
    json.writeNumberField("block_tokens", executor.blockTokens());
    json.writeNumberField("kv_block_bytes", executor.kvBlockBytes());
    json.writeNumberField("adapter_bytes", executor.adapterBytes());
    json.writeNumberField("rows_max", executor.rowsMax());
    json.writeNumberField("slots", executor.slots());
    json.writeNumberField("seats", executor.seats());
    json.writeEndObject();
  }

  private static void writeLoop(JsonGenerator json, LoopState loop) throws IOException {
    json.writeObjectFieldStart("loop");
    json.writeNumberField("running", loop.running());
    json.writeNumberField("waiting", loop.waiting());
    json.writeNumberField("waiting_adapter", loop.waitingAdapter());
    json.writeNumberField("preempted", loop.preempted());
    json.writeNumberField("without_credit", loop.withoutCredit());
    json.writeNumberField("blocks_total", loop.blocksTotal());
    json.writeNumberField("blocks_free", loop.blocksFree());
    json.writeNumberField("blocks_used", loop.blocksUsed());
    json.writeNumberField("blocks_retiring", loop.blocksRetiring());
    json.writeNumberField("seats", loop.seats());
    json.writeNumberField("slots", loop.slots());
    json.writeNumberField("slots_resident", loop.slotsResident());
    json.writeNumberField("slots_paging", loop.slotsPaging());
    json.writeNumberField("steps_in_flight", loop.stepsInFlight());
    json.writeBooleanField("lost", loop.lost());
    json.writeEndObject();
  }
}
