package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.RequestSettings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.text.TextModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RequestLimitsTest {
  private static final RequestSettings SETTINGS = SettingsReader.defaults().requests();
  private static final Generation PLAIN = Engines.request(Engines.base(), 1, 1);

  private final RequestLimits limits = new RequestLimits(SETTINGS, 3, 100, 50, true);

  @Test
  void asManyChoicesAsAllowed() {
    limits.check(Requests.choices(PLAIN, SETTINGS.choicesMax()));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.choices(PLAIN, SETTINGS.choicesMax() + 1)));
    refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.choices(PLAIN, 0)));
  }

  @Test
  void asManyPromptsAsAllowed() {
    limits.check(prompts(SETTINGS.promptsMax(), -1));
    for (int wrong : new int[] {0, SETTINGS.promptsMax() + 1}) {
      refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(prompts(wrong, -1)));
    }
  }

  @Test
  void asManyLogProbabilitiesOfPromptTokensAsAllowed() {
    limits.check(prompts(1, SETTINGS.topLogprobsMax()));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(prompts(1, SETTINGS.topLogprobsMax() + 1)));
  }

  @Test
  void asManyAndAsLongStopStringsAsAllowed() {
    limits.check(Requests.stopping(PLAIN, stops(SETTINGS.stopsMax())));
    limits.check(Requests.stopping(PLAIN, "🦜".repeat(SETTINGS.stopCharactersMax())));

    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.stopping(PLAIN, stops(SETTINGS.stopsMax() + 1))));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.stopping(PLAIN, "x".repeat(SETTINGS.stopCharactersMax() + 1))));
    refused(ErrorCode.REQUEST_INVALID, () -> limits.check(Requests.stopping(PLAIN, "")));
  }

  @Test
  void stopStringsNeedText() {
    refused(
        ErrorCode.TOKENIZER_MISSING,
        () -> new RequestLimits(SETTINGS, 3, 100, 50, false).check(Requests.stopping(PLAIN, "x")));
  }

  @Test
  void asLongATimeoutAsAllowed() {
    limits.check(Requests.within(PLAIN, SETTINGS.timeoutMax()));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.within(PLAIN, SETTINGS.timeoutMax().plusNanos(1))));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.within(PLAIN, Duration.ZERO)));
  }

  @Test
  void asManyTopLogProbabilitiesAsAllowed() {
    limits.check(Requests.sampling(PLAIN, tops(SETTINGS.topLogprobsMax())));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.sampling(PLAIN, tops(SETTINGS.topLogprobsMax() + 1))));
  }

  @Test
  void samplingValuesThatMakeNoSenseAreRefused() {
    for (SamplingParams wrong :
        List.of(
            new SamplingParams(Float.NaN, 0, 1f, 0f, 0, -1),
            new SamplingParams(-1f, 0, 1f, 0f, 0, -1),
            new SamplingParams(Float.POSITIVE_INFINITY, 0, 1f, 0f, 0, -1),
            new SamplingParams(1f, -1, 1f, 0f, 0, -1),
            new SamplingParams(1f, 0, 0f, 0f, 0, -1),
            new SamplingParams(1f, 0, 1.1f, 0f, 0, -1),
            new SamplingParams(1f, 0, 1f, -0.1f, 0, -1),
            new SamplingParams(1f, 0, 1f, 1.1f, 0, -1))) {
      refused(
          ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.sampling(PLAIN, wrong)));
    }
  }

  @Test
  void penaltiesAndTypicalPAreServedUpToTheirBounds() {
    for (SamplingParams right :
        List.of(penalties(Float.MIN_VALUE, 2f, -2f), penalties(10f, -2f, 2f), typical(1e-3f))) {
      limits.check(Requests.sampling(PLAIN, right));
    }
    for (SamplingParams wrong :
        List.of(
            penalties(0f, 0f, 0f),
            penalties(Float.NaN, 0f, 0f),
            penalties(Float.POSITIVE_INFINITY, 0f, 0f),
            penalties(1f, 2.01f, 0f),
            penalties(1f, Float.NaN, 0f),
            penalties(1f, 0f, -2.01f),
            typical(0f),
            typical(1.01f),
            typical(Float.NaN))) {
      refused(
          ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.sampling(PLAIN, wrong)));
    }
  }

  @Test
  void logitBiasNamesTokensOfTheVocabularyAndAsManyAsAllowed() {
    RequestLimits large = new RequestLimits(SETTINGS, 3, 100, 1 << 20, true);
    large.check(Requests.sampling(PLAIN, bias(SETTINGS.logitBiasMax(), 100f)));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> large.check(Requests.sampling(PLAIN, bias(SETTINGS.logitBiasMax() + 1, 1f))));
    limits.check(Requests.sampling(PLAIN, bias(50, -100f)));
    for (SamplingParams wrong : List.of(bias(51, 1f), bias(1, 100.1f), bias(1, Float.NaN))) {
      refused(
          ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.sampling(PLAIN, wrong)));
    }
  }

  @Test
  void stopTokensAreOfTheVocabularyAndAsManyAsAllowed() {
    List<Integer> most = Collections.nCopies(SETTINGS.stopsMax(), 49);
    List<Integer> more = Collections.nCopies(SETTINGS.stopsMax() + 1, 49);
    limits.check(stopTokens(most));
    for (List<Integer> wrong : List.of(more, List.of(50), List.of(-1))) {
      refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(stopTokens(wrong)));
    }
  }

  @Test
  void anAnswerCanBeAsLongAsItMust() {
    assertEquals(40, limits.newTokens(60, OptionalInt.of(40), atLeast(40)));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.newTokens(60, OptionalInt.of(40), atLeast(41)));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.ending(PLAIN, atLeast(-1))));
  }

  @Test
  void promptAndNewTokensFillTheContextAtMost() {
    assertEquals(40, newTokens(60, OptionalInt.of(40)));
    assertEquals(40, newTokens(60, OptionalInt.empty()));
    assertEquals(1, newTokens(99, OptionalInt.empty()));
    assertEquals(0, newTokens(100, OptionalInt.of(0)));
    refused(ErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> newTokens(101, OptionalInt.of(0)));

    String message =
        refused(ErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> newTokens(60, OptionalInt.of(41)));
    assertTrue(message.contains("100") && message.contains("60 + 41"), message);
    refused(ErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> newTokens(100, OptionalInt.empty()));
  }

  @Test
  void aPromptHasAtMostAsManyTokensAsAllowed() {
    RequestSettings settings =
        SettingsReader.read(Optional.empty(), Map.of("requests.prompt-tokens-max", 60)).requests();
    RequestLimits tight = new RequestLimits(settings, 3, 100, 50, true);

    assertEquals(40, tight.newTokens(60, OptionalInt.empty(), atLeast(0)));
    String message =
        refused(
            ErrorCode.CONTEXT_LENGTH_EXCEEDED,
            () -> tight.newTokens(61, OptionalInt.of(1), atLeast(0)));
    assertTrue(message.contains("60 tokens. Given: 61"), message);
  }

  @Test
  void promptsNeedTokensOfTheVocabulary() {
    PromptReader reader = new PromptReader(Optional.empty(), Optional.empty(), 100, 10);

    assertArrayEquals(new int[] {0, 9}, reader.read(new Prompt.Ids(new int[] {0, 9})));
    refused(ErrorCode.REQUEST_INVALID, () -> reader.read(new Prompt.Ids(new int[] {10})));
    refused(ErrorCode.REQUEST_INVALID, () -> reader.read(new Prompt.Ids(new int[] {-1})));
    refused(ErrorCode.REQUEST_INVALID, () -> reader.read(new Prompt.Ids(new int[0])));
    refused(ErrorCode.TOKENIZER_MISSING, () -> reader.read(new Prompt.Text("hello")));
    refused(ErrorCode.TOKENIZER_MISSING, () -> reader.read(chat()));
  }

  @Test
  void textGetsTheModelsBeginTokenAndARenderedChatDoesNot() {
    TextModel text = ChoiceTextTest.TEXT;
    PromptReader reader =
        new PromptReader(
            Optional.of(text.tokenizer()),
            Optional.of(new FixedChats("hello", text.tokenizer())),
            100,
            text.tokenizer().vocabSize());

    assertArrayEquals(
        text.tokenizer().encode("hello", true), reader.read(new Prompt.Text("hello")));
    assertArrayEquals(text.tokenizer().encode("hello", false), reader.read(chat()));
  }

  @Test
  void theEndOfALongPromptIsKeptWithItsBeginToken() {
    Path folder =
        Path.of(System.getProperty("lorikeet.root"), "fixtures/tokenizers/bytelevel-llama3");
    TextModel text = TextModel.load(folder).orElseThrow();
    PromptReader reader =
        new PromptReader(
            Optional.of(text.tokenizer()), Optional.empty(), 100, text.tokenizer().vocabSize());
    Prompt prompt = new Prompt.Text("one two three four five six");
    int[] all = reader.read(prompt);
    int[] plain = text.tokenizer().encode("one two three four five six", false);
    int begin = all.length - plain.length;
    assertTrue(begin > 0, "the tokenizer has a begin token");

    for (int tokens = begin + 1; tokens < all.length; tokens++) {
      int[] expected = Arrays.copyOf(all, tokens);
      System.arraycopy(all, all.length - tokens + begin, expected, begin, tokens - begin);
      assertArrayEquals(expected, reader.read(new Prompt.Last(prompt, tokens)), tokens + " tokens");
    }
    assertArrayEquals(all, reader.read(new Prompt.Last(prompt, all.length)));
    assertArrayEquals(all, reader.read(new Prompt.Last(prompt, Integer.MAX_VALUE)));
    assertArrayEquals(new int[] {all[all.length - 1]}, reader.read(new Prompt.Last(prompt, begin)));
    assertArrayEquals(
        new int[] {2, 3}, reader.read(new Prompt.Last(new Prompt.Ids(new int[] {1, 2, 3}), 2)));
  }

  @Test
  void aChatNeedsATemplate() {
    PromptReader reader =
        new PromptReader(
            Optional.of(ChoiceTextTest.TEXT.tokenizer()), Optional.empty(), 100, 1 << 20);

    refused(ErrorCode.CHAT_TEMPLATE_MISSING, () -> reader.read(chat()));
  }

  private static Prompt.Chat chat() {
    return new Prompt.Chat(List.of(), Optional.empty(), Map.of(), true, false);
  }

  private static String[] stops(int count) {
    return Collections.nCopies(count, "stop").toArray(String[]::new);
  }

  private int newTokens(int prompt, OptionalInt asked) {
    return limits.newTokens(prompt, asked, Ending.PLAIN);
  }

  private static Ending atLeast(int tokens) {
    return new Ending(List.of(), false, List.of(), false, tokens);
  }

  private static Generation stopTokens(List<Integer> ids) {
    return Requests.ending(PLAIN, new Ending(List.of(), false, ids, false, 0));
  }

  private static SamplingParams penalties(float repetition, float frequency, float presence) {
    Penalties penalties = new Penalties(repetition, frequency, presence);
    return new SamplingParams(0f, 0, 1f, 0f, 1f, penalties, TokenBias.NONE, Withheld.NONE, 0, -1);
  }

  private static SamplingParams typical(float p) {
    return new SamplingParams(
        0f, 0, 1f, 0f, p, Penalties.NONE, TokenBias.NONE, Withheld.NONE, 0, -1);
  }

  private static SamplingParams bias(int entries, float value) {
    float[] values = new float[entries];
    Arrays.fill(values, value);
    TokenBias bias = new TokenBias(IntStream.range(0, entries).toArray(), values);
    return new SamplingParams(0f, 0, 1f, 0f, 1f, Penalties.NONE, bias, Withheld.NONE, 0, -1);
  }

  private static Generation prompts(int count, int top) {
    Prompt prompt = new Prompt.Ids(new int[] {1});
    return Requests.prompts(
        PLAIN, 1, OptionalInt.of(top), Collections.nCopies(count, prompt).toArray(Prompt[]::new));
  }

  private static SamplingParams tops(int count) {
    return new SamplingParams(0f, 0, 1f, 0f, 0, count);
  }

  private static String refused(ErrorCode code, Executable call) {
    LorikeetException thrown = assertThrows(LorikeetException.class, call);
    assertEquals(code, thrown.code(), thrown::getMessage);
    return String.valueOf(thrown.getMessage());
  }
}
