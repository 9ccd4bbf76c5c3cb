package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.generation.AnswerWriter;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Bodies and events of {@code /v1/completions}. */
final class CompletionWriter implements AnswerWriter {
  private final Envelope envelope;
  private final ReplyForm form;
  private final List<int[]> prompts;
  private final int[] offsets; // [choice] characters of the answer so far
  private final BitSet begun = new BitSet();

  /**
   * @param prompts tokens of each
   */
  CompletionWriter(Envelope envelope, ReplyForm form, List<int[]> prompts) {
    this.envelope = envelope;
    this.form = form;
    this.prompts = prompts;
    this.offsets = new int[prompts.size() * form.choices()];
  }

  @Override
  public void frames(Frames frames, GenerationEvent event) {
    switch (event) {
      case PromptRead prompt -> {
        for (int choice = 0; choice < form.choices(); choice++) {
          Part part = echoed(prompt, prompt.prompt() * form.choices() + choice);
          frames.add(json -> writeChunk(json, part));
        }
      }
      case Piece piece -> {
        if (!piece.text().isEmpty() || form.tokenIds() || form.logprobs()) {
          Part part =
              new Part(
                  piece.choice(),
                  piece.text(),
                  piece.ids(),
                  piece.tokens(),
                  Optional.empty(),
                  Optional.empty());
          frames.add(json -> writeChunk(json, part));
        }
      }
      case ChoiceEnded ended -> {
        Part part =
            new Part(
                ended.choice(),
                "",
                List.of(),
                List.of(),
                Optional.of(ended.reason()),
                Optional.empty());
        frames.add(json -> writeChunk(json, part));
      }
      case Completed(int promptTokens, int completionTokens) -> {
        if (form.includeUsage()) {
          frames.add(json -> writeCounts(json, promptTokens, completionTokens));
        }
        frames.addDone();
      }
      case Failed failed -> {
        frames.add(Family.OPENAI.body(Family.OPENAI.problem(failed.code(), failed.message())));
        frames.addDone();
      }
    }
  }

  @Override
  public byte[] whole(Collected answer) {
    return Json.bytes(json -> {
      json.writeStartObject();
      envelope.write(json);
      json.writeArrayFieldStart("choices");
      for (Collected.Choice choice : answer.choices()) {
        writePart(json, whole(answer, choice));
      }
      json.writeEndArray();
      Envelope.writeUsage(json, answer.promptTokens(), answer.completionTokens());
      json.writeEndObject();
    });
  }

  /**
   * A choice, or what is new of it.
   *
   * @param prompt where its tokens' log probabilities are wanted in vLLM's form
   */
  private record Part(
      int choice,
      String text,
      List<Integer> ids,
      List<TokenPiece> tokens,
      Optional<FinishReason> finish,
      Optional<PromptRead> prompt) {}

  private Part echoed(PromptRead prompt, int choice) {
    return new Part(
        choice,
        prompt.text(),
        List.of(),
        form.logprobs() ? echoed(prompt) : List.of(),
        Optional.empty(),
        Optional.empty());
  }

  // More alternatives may be there than asked for here, for `prompt_logprobs`.
  private List<TokenPiece> echoed(PromptRead prompt) {
    return prompt.tokens().stream()
        .map(token -> token.withAlternatives(form.topLogprobs()))
        .toList();
  }

  private Part whole(Collected answer, Collected.Choice choice) {
    String text = choice.text();
    List<TokenPiece> tokens = choice.tokens();
    Optional<PromptRead> read =
        answer.prompts().stream()
            .filter(prompt -> prompt.prompt() == choice.index() / form.choices())
            .findFirst();
    if (form.echo()) {
      PromptRead prompt = read.orElseThrow();
      text = prompt.text() + text;
      tokens = Stream.concat(echoed(prompt).stream(), tokens.stream()).toList();
    }
    return new Part(choice.index(), text, choice.ids(), tokens, Optional.of(choice.finish()), read);
  }

  private void writeChunk(JsonGenerator json, Part part) throws IOException {
    json.writeStartObject();
    envelope.write(json);
    json.writeArrayFieldStart("choices");
    writePart(json, part);
    json.writeEndArray();
    if (form.includeUsage()) {
      json.writeNullField("usage");
    }
    json.writeEndObject();
  }

  private void writeCounts(JsonGenerator json, int promptTokens, int completionTokens)
      throws IOException {
    json.writeStartObject();
    envelope.write(json);
    json.writeArrayFieldStart("choices");
    json.writeEndArray();
    Envelope.writeUsage(json, promptTokens, completionTokens);
    json.writeEndObject();
  }

  private void writePart(JsonGenerator json, Part part) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", part.choice());
    json.writeStringField("text", part.text());
    json.writeFieldName("logprobs");
    if (form.logprobs() && !part.tokens().isEmpty()) {
      offsets[part.choice()] =
          Logprobs.writeCompletion(json, part.tokens(), offsets[part.choice()]);
    } else {
      json.writeNull();
    }
    Envelope.writeFinish(json, part.finish());
    if (form.promptLogprobs().isPresent() && part.prompt().isPresent()) {
      Logprobs.writePrompt(json, part.prompt().get().tokens(), form.promptLogprobs().getAsInt());
    }
    if (form.tokenIds()) {
      if (!begun.get(part.choice())) {
        begun.set(part.choice());
        Envelope.writeIds(json, "prompt_token_ids", prompts.get(part.choice() / form.choices()));
      }
      Envelope.writeIds(json, "token_ids", part.ids());
    }
    json.writeEndObject();
  }
}
