package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.RequestSettings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.text.TextModel;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RequestLimitsTest {
  private static final RequestSettings SETTINGS = SettingsReader.defaults().requests();
  private static final Generation PLAIN = Engines.request(Engines.base(), 1, 1);

  private final RequestLimits limits = new RequestLimits(SETTINGS, 3, 100, true);

  @Test
  void asManyChoicesAsAllowed() {
    limits.check(Requests.choices(PLAIN, SETTINGS.choicesMax()));
    refused(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        () -> limits.check(Requests.choices(PLAIN, SETTINGS.choicesMax() + 1)));
    refused(ErrorCode.PARAMETER_OUT_OF_RANGE, () -> limits.check(Requests.choices(PLAIN, 0)));
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
        () -> new RequestLimits(SETTINGS, 3, 100, false).check(Requests.stopping(PLAIN, "x")));
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
  void promptAndNewTokensFillTheContextAtMost() {
    assertEquals(40, limits.newTokens(60, OptionalInt.of(40)));
    assertEquals(40, limits.newTokens(60, OptionalInt.empty()));
    assertEquals(1, limits.newTokens(99, OptionalInt.empty()));

    String message =
        refused(ErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> limits.newTokens(60, OptionalInt.of(41)));
    assertTrue(message.contains("100") && message.contains("60 + 41"), message);
    refused(ErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> limits.newTokens(100, OptionalInt.empty()));
  }

  @Test
  void promptsNeedTokensOfTheVocabulary() {
    PromptReader reader = new PromptReader(Optional.empty(), Optional.empty(), 10);

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
            Optional.of(text.tokenizer()), Optional.of(_ -> "hello"), text.tokenizer().vocabSize());

    assertArrayEquals(
        text.tokenizer().encode("hello", true), reader.read(new Prompt.Text("hello")));
    assertArrayEquals(text.tokenizer().encode("hello", false), reader.read(chat()));
  }

  @Test
  void aChatNeedsATemplate() {
    PromptReader reader =
        new PromptReader(Optional.of(ChoiceTextTest.TEXT.tokenizer()), Optional.empty(), 1 << 20);

    refused(ErrorCode.CHAT_TEMPLATE_MISSING, () -> reader.read(chat()));
  }

  private static Prompt.Chat chat() {
    return new Prompt.Chat(List.of(), Optional.empty(), Map.of(), true, false);
  }

  private static String[] stops(int count) {
    return Collections.nCopies(count, "stop").toArray(String[]::new);
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
