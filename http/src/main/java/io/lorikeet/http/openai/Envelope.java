package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.Recipe;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What all bodies and events of one answer have in common.
 *
 * @param object OpenAI's name of the kind of body
 * @param created seconds since 1970
 * @param model the name that the client sent
 * @param fingerprint build and kernels that answer
 * @param answerer who answers
 */
public record Envelope(
    String id,
    String object,
    long created,
    String model,
    String fingerprint,
    Answer.Answerer answerer) {
  /** Writes the fields; the object was started. */
  void write(JsonGenerator json) throws IOException {
    json.writeStringField("id", id);
    json.writeStringField("object", object);
    json.writeNumberField("created", created);
    json.writeStringField("model", model);
    json.writeStringField("system_fingerprint", fingerprint);
    write(json, answerer);
  }

  /** Writes who answers; the object was started. */
  public static void write(JsonGenerator json, Answer.Answerer answerer) throws IOException {
    switch (answerer) {
      case Answer.Sum(List<Answer.Adapter> adapters) -> writeSum(json, adapters);
      case Answer.Merge(Recipe<String> recipe, GenerationId generation) ->
          writeMerge(json, recipe, generation);
    }
  }

  private static void writeSum(JsonGenerator json, List<Answer.Adapter> adapters)
      throws IOException {
    if (adapters.isEmpty()) {
      return;
    }
    if (adapters.size() == 1 && adapters.getFirst().weight() == 1) {
      json.writeStringField("adapter", adapters.getFirst().name());
      json.writeStringField("adapter_generation", adapters.getFirst().generation().hash());
      return;
    }
    json.writeArrayFieldStart("adapters");
    for (Answer.Adapter adapter : adapters) {
      json.writeStartObject();
      json.writeStringField("name", adapter.name());
      json.writeNumberField("weight", adapter.weight());
      json.writeStringField("generation", adapter.generation().hash());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  // A merge has one generation, its parts show none.
  private static void writeMerge(JsonGenerator json, Recipe<String> recipe, GenerationId generation)
      throws IOException {
    json.writeArrayFieldStart("adapters");
    for (Recipe.Part<String> part : recipe.parts()) {
      json.writeStartObject();
      json.writeStringField("name", part.adapter());
      json.writeNumberField("weight", part.weight());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("merge");
    json.writeStringField("strategy", recipe.strategy().wire());
    if (recipe.density().isPresent()) {
      json.writeNumberField("density", recipe.density().getAsDouble());
    }
    if (recipe.strategy().electsSigns()) {
      json.writeStringField("majority_sign_method", recipe.majoritySign().wire());
    }
    json.writeStringField("generation", generation.hash());
    json.writeEndObject();
  }

  static void writeUsage(JsonGenerator json, int promptTokens, int completionTokens)
      throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("prompt_tokens", promptTokens);
    json.writeNumberField("completion_tokens", completionTokens);
    json.writeNumberField("total_tokens", promptTokens + completionTokens);
    json.writeEndObject();
  }

  static void writeIds(JsonGenerator json, String name, int[] ids) throws IOException {
    json.writeFieldName(name);
    json.writeArray(ids, 0, ids.length);
  }

  static void writeIds(JsonGenerator json, String name, List<Integer> ids) throws IOException {
    json.writeArrayFieldStart(name);
    for (int id : ids) {
      json.writeNumber(id);
    }
    json.writeEndArray();
  }

  static void writeFinish(JsonGenerator json, Optional<FinishReason> reason) throws IOException {
    json.writeFieldName("finish_reason");
    if (reason.isEmpty()) {
      json.writeNull();
      return;
    }
    json.writeString(
        switch (reason.get()) {
          case STOP_TOKEN, STOP_STRING -> "stop";
          case LENGTH -> "length";
        });
  }
}
