package io.lorikeet.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StreamTest {
  private static final long MS = 1_000_000;

  private final Ledger ledger = new Ledger();

  @Test
  void aChatIsTimedAndJudged() {
    Stream stream = begun(Dialect.CHAT, "Hi.");
    assertFalse(stream.hear("{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}", 5 * MS));
    assertFalse(stream.hear("{\"choices\":[{\"delta\":{\"content\":\"H\"}}]}", 7 * MS));
    assertFalse(stream.hear("{\"choices\":[{\"delta\":{\"content\":\"i.\"}}]}", 10 * MS));

    assertTrue(stream.hear("[DONE]", 11 * MS));

    assertEquals("", stream.verdict());
    Ledger.Line all = ledger.lines().getFirst();
    assertEquals(List.of(1, 1, 0, 0), List.of(all.begun(), all.good(), all.bad(), all.lost()));
    assertEquals(new Times(1, 7, 7, 7, 7), all.firsts());
    assertEquals(new Times(1, 3, 3, 3, 3), all.gaps());
  }

  @Test
  void lastEventsOfLoraxHoldTheWholeText() {
    Stream stream = begun(Dialect.LORAX, "Hi.");
    assertFalse(stream.hear("{\"token\":{\"text\":\"Hi\"},\"generated_text\":null}", MS));

    assertTrue(stream.hear("{\"token\":{\"text\":\".\"},\"generated_text\":\"Hi.\"}", MS));

    assertEquals("", stream.verdict());
  }

  @Test
  void lanesEndWithTheirResponse() {
    Stream stream = begun(Dialect.RESPONSES, "Hi.");
    assertFalse(stream.hear("{\"type\":\"response.created\"}", MS));
    assertFalse(stream.hear("{\"type\":\"response.output_text.delta\",\"delta\":\"Hi.\"}", MS));

    assertTrue(stream.hear("{\"type\":\"response.completed\"}", MS));

    assertEquals("", stream.verdict());
  }

  @Test
  void theAnswerOfAnotherAdapterIsAFault() {
    Stream stream = begun(Dialect.CHAT, "Arr.");
    stream.hear("{\"choices\":[{\"delta\":{\"content\":\"Hi.\"}}]}", MS);
    stream.hear("[DONE]", MS);

    assertTrue(stream.verdict().contains("does not answer so"), stream.verdict());
    assertEquals(1, ledger.lines().getFirst().bad());
    assertFalse(new Report("chat", "", ledger.lines(), ledger.faults()).isGood());
  }

  @Test
  void anErrorEventIsAFault() {
    Stream chat = begun(Dialect.CHAT, "Hi.");
    Stream lorax = begun(Dialect.LORAX, "Hi.");

    assertTrue(chat.hear("{\"error\":{\"message\":\"too slow\"}}", MS));
    assertTrue(lorax.hear("{\"error\":\"too slow\",\"error_type\":\"generation\"}", MS));

    assertEquals("it failed: too slow", chat.verdict());
    assertEquals("it failed: too slow", lorax.verdict());
  }

  @Test
  void aStreamWithoutItsEndIsLost() {
    begun(Dialect.CHAT, "Hi.").hear("{\"choices\":[{\"delta\":{\"content\":\"Hi.\"}}]}", MS);

    assertEquals(1, ledger.lines().getFirst().lost());
    assertFalse(new Report("chat", "", ledger.lines(), ledger.faults()).isGood());
  }

  @Test
  void aRunWithoutStreamsIsNoGoodRun() {
    assertFalse(new Report("chat", "", ledger.lines(), ledger.faults()).isGood());
  }

  @Test
  void gatlingsEventsHoldTheirData() {
    assertEquals("[DONE]", GatlingEvent.data("{\"data\":[DONE]}"));
    assertEquals("{\"a\":{}}", GatlingEvent.data("{\"data\":{\"a\":{}}}"));
  }

  @Test
  void percentilesAreValuesThatWereMeasured() {
    List<Long> nanos = LongStream.rangeClosed(1, 100).mapToObj(i -> i * MS).toList();

    assertEquals(new Times(100, 50, 95, 99, 100), Times.of(nanos));
  }

  private Stream begun(Dialect dialect, String wanted) {
    Stream stream = new Stream(ledger, dialect, "pirate", wanted);
    stream.begin(0);
    return stream;
  }
}
