package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DetokenizerTest {
  private static final int[] NO_PROMPT = {};

  @Test
  void fourteenTokenizersHaveGoldenPieces() {
    assertEquals(14, TextFixtures.detokenizers().count());
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#detokenizers")
  void piecesAreTheGoldenOnes(String name) {
    JsonNode golden = TextFixtures.detokenize(name);
    DetokenizerFactory detokenizers =
        TextFixtures.detokenizerOf(golden.get("tokenizer").textValue());
    for (JsonNode c : golden.get("cases")) {
      Detokenizer detokenizer =
          detokenizers.create(
              TextFixtures.ids(c.get("prompt_ids")), c.get("skip_special_tokens").booleanValue());
      StringBuilder text = new StringBuilder();
      int[] ids = TextFixtures.ids(c.get("ids"));
      for (int i = 0; i < ids.length; i++) {
        int token = i;
        String piece = detokenizer.push(ids[i]);
        assertEquals(c.get("pieces").get(i).textValue(), piece, () -> token + " of " + c);
        text.append(piece);
      }
      String rest = detokenizer.flush();
      assertEquals(c.get("flush").textValue(), rest, () -> c.toString());
      assertEquals(c.get("text").textValue(), text.append(rest).toString(), () -> c.toString());
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void anyTokensDecodeAsTheLibraryDoes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // Not those with byte fallback: the library marks valid bytes of an invalid run, too.
    List<String> names =
        List.of(
            "bytelevel-llama3",
            "bytelevel-roberta",
            "added-bytelevel",
            "unigram-t5",
            "unigram-xlmr-precompiled",
            "wordpiece-bert-cased",
            "wordpiece-bert-uncased");
    for (String name : names) {
      try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
        DjlTokenizer library = (DjlTokenizer) model.tokenizer();
        for (int round = 0; round < 200; round++) {
          int[] ids = random.ints(random.nextInt(30), 0, model.tokenizer().vocabSize()).toArray();
          Detokenizer detokenizer = model.detokenizers().create(NO_PROMPT, round % 2 == 0);
          StringBuilder text = new StringBuilder();
          for (int id : ids) {
            text.append(detokenizer.push(id));
          }
          text.append(detokenizer.flush());
          assertEquals(
              library.decodeByLibrary(ids, round % 2 == 0),
              text.toString(),
              "%s seed %d round %d".formatted(name, seed, round));
        }
      }
    }
  }

  @Test
  void idsOutsideTheVocabularyAreIgnored() {
    Detokenizer detokenizer = TextFixtures.detokenizerOf("bytelevel-gpt2").create(NO_PROMPT, true);
    assertEquals("", detokenizer.push(-1));
    assertEquals("", detokenizer.push(1 << 20));
    assertEquals("", detokenizer.push(Integer.MAX_VALUE));
    assertEquals("H", detokenizer.push(39));
  }

  @Test
  void flushedDetokenizerTakesNothingMore() {
    Detokenizer detokenizer = TextFixtures.detokenizerOf("bytelevel-gpt2").create(NO_PROMPT, true);
    detokenizer.flush();
    assertThrows(IllegalStateException.class, () -> detokenizer.push(39));
    assertThrows(IllegalStateException.class, detokenizer::flush);
  }

  @ParameterizedTest
  @MethodSource("io.lorikeet.engine.text.TextFixtures#detokenizers")
  void workPerTokenIsTheSameAfterAnyAmountOfText(String name) {
    JsonNode sample = TextFixtures.detokenize(name).get("cases").get(0);
    int[] ids = TextFixtures.ids(sample.get("ids"));
    Detokenizer detokenizer = TextFixtures.detokenizerOf(name).create(NO_PROMPT, true);
    pushes(detokenizer, ids, 2_000);

    // Whoever looks at the text so far copies or keeps it: bytes show that as clocks can't.
    long early = allocated(detokenizer, ids);
    pushes(detokenizer, ids, 40_000);
    long late = allocated(detokenizer, ids);

    assertTrue(late <= early + early / 4 + 4096, () -> early + " bytes, then " + late);
  }

  @Test
  void bytesOfTokensJoinToTheBytesOfTheText() {
    String text = "Grüße, 世界! 🦜 naïve";
    for (String name : new String[] {"bytelevel-llama3", "spm-llama2", "spm-gemma"}) {
      try (TextModel model = TextFixtures.model(TextFixtures.TOKENIZERS.resolve(name))) {
        StringBuilder joined = new StringBuilder();
        for (int id : model.tokenizer().encode(text, false)) {
          joined.append(new String(model.tokenText(id).bytes(), StandardCharsets.ISO_8859_1));
        }
        String decoded =
            new String(
                joined.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        assertEquals(text, decoded.strip(), name);
      }
    }
  }

  @Test
  void tokenOutsideTheVocabularyHasNoTextAndNoBytes() {
    TokenText none = TextFixtures.detokenizerOf("bytelevel-gpt2").tokenText(1 << 20);
    assertEquals("", none.text());
    assertEquals(0, none.bytes().length);
  }

  @Test
  void halfACharacterHasAMarkAsTextAndItsBytesAsBytes() {
    DetokenizerFactory detokenizers = TextFixtures.detokenizerOf("spm-llama2");
    int id = -1;
    for (int i = 0; i < 300 && id < 0; i++) {
      id = detokenizers.vocabulary().token(i).filter("<0xE4>"::equals).isPresent() ? i : -1;
    }
    assertFalse(id < 0);
    assertEquals("\uFFFD", detokenizers.tokenText(id).text());
    assertEquals((byte) 0xE4, detokenizers.tokenText(id).bytes()[0]);
  }

  private static long allocated(Detokenizer detokenizer, int[] ids) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    pushes(detokenizer, ids, 1_000);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private static void pushes(Detokenizer detokenizer, int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      detokenizer.push(ids[i % ids.length]);
    }
  }
}
