package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.format.Fuzz;
import io.lorikeet.engine.format.JsonMutation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changed tokenizer files beside an adapter. */
final class TokenizerFuzzTest {
  private static final long HEAP_BYTES_MAX = 64 << 20;
  private static final List<String> TOKENIZERS =
      List.of("spm-llama2", "bytelevel-qwen", "unigram-t5", "wordpiece-bert-cased");

  @TempDir private Path adapter;

  @Test
  void aChangedTokenizerIsRefusedOrGivesTheSameIds() throws IOException {
    try (Bases bases = new Bases()) {
      Fuzz.run(
          200,
          HEAP_BYTES_MAX,
          (random, story) -> {
            Base base = bases.all.get(random.nextInt(bases.all.size()));
            JsonMutation.Changed changed = JsonMutation.of(base.tokenizer, random);
            story.tell(base.name + ": " + changed.what());
            Files.write(adapter.resolve("tokenizer.json"), changed.bytes());
            List<String> warnings = base.model.checkAdapter(adapter);

            ObjectNode json = JsonMutation.parsed(changed.bytes());
            assertEquals(rules(base.tokenizer), rules(json));
            for (String part : List.of("normalizer", "pre_tokenizer")) {
              boolean warned = warnings.stream().anyMatch(w -> w.contains("`" + part + "`"));
              assertEquals(!same(base.tokenizer.get(part), json.path(part)), warned, part);
            }
          });
    }
  }

  @Test
  void changedConfigurationFilesAreRefusedOrNameTheSameTokens() throws IOException {
    try (Bases bases = new Bases()) {
      Fuzz.run(
          200,
          HEAP_BYTES_MAX,
          (random, story) -> {
            Base base = bases.all.get(random.nextInt(bases.all.size()));
            JsonMutation.Changed changed = JsonMutation.of(base.config, random);
            story.tell(base.name + ": " + changed.what());
            Files.deleteIfExists(adapter.resolve("tokenizer.json"));
            Files.write(adapter.resolve("tokenizer_config.json"), changed.bytes());
            List<String> warnings = base.model.checkAdapter(adapter);

            ObjectNode json = JsonMutation.parsed(changed.bytes());
            assertFalse(json.path("split_special_tokens").asBoolean());
            for (String name : List.of("bos_token", "eos_token")) {
              boolean warned = warnings.stream().anyMatch(w -> w.contains("`" + name + "`"));
              String given = content(json.path(name));
              assertEquals(
                  !absent(json.path(name)) && !given.equals(content(base.config.path(name))),
                  warned,
                  name);
              assertEquals(
                  given.isEmpty(),
                  base.model.tokenizer().tokenId(given).isEmpty(),
                  "unknown token");
            }
            for (JsonNode token : json.path("added_tokens_decoder")) {
              base.model.tokenizer().tokenId(token.path("content").asText()).orElseThrow();
            }
          });
    }
  }

  private static boolean same(JsonNode a, JsonNode b) {
    return a.equals(b) || (absent(a) && absent(b));
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static String content(JsonNode token) {
    return token.isObject() ? token.path("content").asText() : token.asText("");
  }

  /** What decides about ids, without its spelling. */
  private static String rules(ObjectNode json) {
    ObjectNode model = json.get("model").deepCopy();
    model.remove("dropout");
    List<String> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      merges.add(
          merge.isTextual()
              ? merge.textValue()
              : merge.get(0).textValue() + " " + merge.get(1).textValue());
    }
    model.remove("merges");
    Set<String> added = new TreeSet<>();
    for (JsonNode token : json.path("added_tokens")) {
      ObjectNode flags = token.deepCopy();
      flags.retain("id", "content", "single_word", "lstrip", "rstrip", "normalized");
      added.add(JsonMutation.plain(flags));
    }
    return JsonMutation.plain(model) + merges + added;
  }

  private record Base(String name, TextModel model, ObjectNode tokenizer, ObjectNode config) {}

  private static final class Bases implements AutoCloseable {
    final List<Base> all = new ArrayList<>();

    Bases() {
      for (String name : TOKENIZERS) {
        Path folder = TextFixtures.TOKENIZERS.resolve(name);
        all.add(
            new Base(
                name,
                TextFixtures.model(folder),
                (ObjectNode) TextFixtures.json(folder.resolve("tokenizer.json")),
                (ObjectNode) TextFixtures.json(folder.resolve("tokenizer_config.json"))));
      }
    }

    @Override
    public void close() {
      all.forEach(base -> base.model.close());
    }
  }
}
