package io.lorikeet.http.embeddings;

import static io.lorikeet.http.json.Refused.always;
import static io.lorikeet.http.json.Refused.unless;
import static io.lorikeet.http.json.Refused.unlessEmpty;
import static io.lorikeet.http.json.Refused.unlessText;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Embedding;
import io.lorikeet.actors.EmbeddingResult;
import io.lorikeet.actors.Prompt;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.json.Timeouts;
import io.lorikeet.http.openai.Envelope;
import io.lorikeet.http.openai.PromptField;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** OpenAI's {@code POST /v1/embeddings}, with vLLM's fields and ours. */
public final class EmbeddingsEndpoint implements Endpoint {
  public static final String PATH = "/v1/embeddings";

  private static final int WHOLE_CONTEXT = -1;
  private static final List<Refused> UNIMPLEMENTED =
      List.of(
          always("messages"),
          always("chat_template"),
          unlessEmpty("chat_template_kwargs"),
          unless("add_special_tokens", true),
          unless("embed_dtype", "float32"),
          unless("endianness", "native", "little"),
          always("use_activation"),
          always("activation"),
          unless("truncation_side", "left"),
          unless("truncate", "none"),
          unlessEmpty("instruction"),
          unlessEmpty("prompt_name"),
          unlessEmpty("task"),
          unlessEmpty("input_type"),
          unless("priority", 0),
          unlessEmpty("mm_processor_kwargs"),
          unlessEmpty("parameters"),
          unless("adapter_source", "local"),
          always("merged_adapters"),
          // For the source of an adapter; ours are local and need none, so it changes nothing.
          unlessText("api_token"));
  private static final List<String> ADAPTER_FIELDS =
      List.of("adapters", "lora", "adapter_source", "merged_adapters");

  private final Surface surface;

  public EmbeddingsEndpoint(Surface surface) {
    this.surface = surface;
  }

  private record Request(Embedding embedding, String model, VectorForm form, boolean base64) {}

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, body -> embed(call, read(call, body)));
  }

  private CompletionStage<HttpResponse> embed(Call call, Request request) {
    return surface
        .engine()
        .embed(request.embedding(), call.gone())
        .thenApply(result ->
            switch (result) {
              case EmbeddingResult.Rejected(var code, var message) ->
                  Family.OPENAI.reply(Family.OPENAI.problem(code, message));
              case EmbeddingResult.Embedded embedded ->
                  Replies.json(200, Json.bytes(json -> write(json, request, embedded)));
            });
  }

  private Request read(Call call, ObjectNode body) {
    Fields fields = new Fields(body);
    Refused.check(fields, UNIMPLEMENTED);
    Refused.checkAdapterLike(fields, ADAPTER_FIELDS);
    String model = fields.requiredText("model");
    VectorForm form = VectorForm.read(fields);
    List<Prompt> prompts =
        PromptField.read(
            fields,
            "input",
            surface.engine().model().vocabSize(),
            surface.settings().requests().embeddingInputsMax());
    dimensions(fields);
    Embedding embedding =
        new Embedding(
            call.id(),
            call.principal(),
            AdapterFields.read(fields)
                .target(
                    model,
                    surface.engine().model().name(),
                    surface.settings().schedule().adaptersMax()),
            truncated(fields, prompts),
            form.pooling(),
            Timeouts.read(fields, surface.settings().requests().timeoutMax()));
    return new Request(embedding, model, form, base64(fields));
  }

  // Only models that were trained for it keep their meaning in their first values.
  private void dimensions(Fields fields) {
    int size = surface.engine().executor().hiddenSize();
    OptionalInt dimensions = fields.integer("dimensions");
    if (dimensions.isPresent() && dimensions.getAsInt() != size) {
      throw Refused.unsupported("dimensions", "leave it out or send " + size);
    }
  }

  private List<Prompt> truncated(Fields fields, List<Prompt> prompts) {
    String name = "truncate_prompt_tokens";
    OptionalInt tokens = fields.integer(name);
    if (tokens.isEmpty()) {
      return prompts;
    }
    int given = tokens.getAsInt();
    int most = surface.engine().model().contextMax();
    Fields.require(
        given == WHOLE_CONTEXT || (given >= 1 && given <= most),
        name,
        "must be -1, or >= 1 and <= " + most,
        given);
    int kept = given == WHOLE_CONTEXT ? most : given;
    return prompts.stream().<Prompt>map(prompt -> new Prompt.Last(prompt, kept)).toList();
  }

  private static boolean base64(Fields fields) {
    String format = fields.text("encoding_format").orElse("float");
    return switch (format) {
      case "float" -> false;
      case "base64" -> true;
      default ->
          throw new LorikeetException(
              ErrorCode.PARAMETER_UNSUPPORTED, "`encoding_format` must be \"float\" or \"base64\"");
    };
  }

  private void write(JsonGenerator json, Request request, EmbeddingResult.Embedded embedded)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", "embd-" + surface.ambient().ids().get());
    json.writeStringField("object", "list");
    json.writeNumberField("created", surface.ambient().epochSeconds());
    json.writeStringField("model", request.model());
    Envelope.write(json, embedded.answerer());
    json.writeArrayFieldStart("data");
    for (int i = 0; i < embedded.vectors().size(); i++) {
      float[] vector = request.form().of(embedded.vectors().get(i));
      json.writeStartObject();
      json.writeStringField("object", "embedding");
      json.writeNumberField("index", i);
      json.writeFieldName("embedding");
      if (request.base64()) {
        json.writeString(Vectors.base64(vector));
      } else {
        Vectors.write(json, vector);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("usage");
    json.writeNumberField("prompt_tokens", embedded.promptTokens());
    json.writeNumberField("total_tokens", embedded.promptTokens());
    json.writeEndObject();
    json.writeEndObject();
  }
}
