package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.ScriptedEngine.Script;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The times in the headers of LoRAX's replies, on a clock that the answer itself moves. */
class LoraxTimesTest {
  private static final int TOKENS = 5;

  private final AtomicLong nanos = new AtomicLong();

  @ParameterizedTest
  @ValueSource(strings = {"/generate", "/", "/invocations"})
  void aReplySaysWhenItsFirstTokenCameAndHowLongTheOthersTook(String path) throws Exception {
    try (TestServer server = TestServer.start(_ -> play(), Map.of(), nanos::get)) {
      var headers = server.post(path, "{\"inputs\": \"Hi\"}").headers();

      assertEquals("40", headers.firstValue("x-time-to-first-token").orElseThrow());
      assertEquals("12", headers.firstValue("x-time-per-output-token").orElseThrow());
      assertEquals("20", headers.firstValue("x-time-per-token").orElseThrow());
      assertEquals("100", headers.firstValue("x-inference-time").orElseThrow());
    }
  }

  /** The first token takes 40 ms, and 60 ms are over before the end is told. */
  private Script play() {
    Iterator<GenerationEvent> events =
        List.<GenerationEvent>of(
                piece(),
                piece(),
                piece(),
                piece(),
                piece(),
                new ChoiceEnded(0, FinishReason.LENGTH, Optional.empty(), TOKENS),
                new Completed(3, TOKENS))
            .iterator();
    return new Script.Play(
        List.of(new int[] {1, 2, 3}),
        Answer.Sum.BASE,
        new Iterator<>() {
          private boolean begun;

          @Override
          public boolean hasNext() {
            return events.hasNext();
          }

          @Override
          public GenerationEvent next() {
            GenerationEvent event = events.next();
            if (!begun) {
              begun = true;
              nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(40));
            } else if (event instanceof Completed) {
              nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
            }
            return event;
          }
        },
        CompletableFuture.completedStage(null));
  }

  private static Piece piece() {
    return new Piece(0, "a", List.of(11), List.of());
  }
}
