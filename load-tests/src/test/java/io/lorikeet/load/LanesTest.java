package io.lorikeet.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LanesTest {
  private final Ledger ledger = new Ledger();
  private final Lanes lanes = new Lanes("s1", List.of(asked("Hi."), asked("Arr.")));

  @Test
  void theNextLaneBeginsWhenTheOneBeforeHasItsName() throws Exception {
    assertTrue(lanes.begin(0).contains("\"stream_id\":\"s1.1\""));
    assertEquals(Optional.empty(), lanes.reply(event("s1.1", "response.queued"), 0));

    Optional<String> second = lanes.reply(event("s1.1", "response.created"), 0);

    assertTrue(second.orElseThrow().contains("\"stream_id\":\"s1.2\""));
    assertEquals(second, lanes.reply(event("s1.1", "response.created"), 0));
    assertEquals(2, ledger.lines().getFirst().begun());
    assertEquals(Optional.empty(), lanes.reply(event("s1.2", "response.created"), 0));
  }

  @Test
  void theyEndWhenEachHasEnded() throws Exception {
    bothBegin();
    assertFalse(hear("s1.2", "response.output_text.delta", "Arr."));
    assertFalse(hear("s1.1", "response.output_text.delta", "Hi."));
    assertFalse(hear("s1.2", "response.completed", ""));

    assertTrue(hear("s1.1", "response.completed", ""));

    assertEquals("", lanes.verdict());
    assertEquals(2, ledger.lines().getFirst().good());
  }

  @Test
  void theTextOfAnotherLaneIsAFault() throws Exception {
    bothBegin();
    hear("s1.1", "response.output_text.delta", "Arr.");
    hear("s1.1", "response.completed", "");

    assertTrue(lanes.verdict().contains("does not answer so"), lanes.verdict());
  }

  @Test
  void anEventOfNoLaneEndsThem() {
    assertTrue(lanes.hear("{\"type\":\"error\"}", 0));

    assertTrue(lanes.verdict().contains("of no lane"), lanes.verdict());
  }

  private void bothBegin() throws Exception {
    lanes.begin(0);
    lanes.reply(event("s1.1", "response.created"), 0);
  }

  private boolean hear(String lane, String type, String delta) {
    return lanes.hear(event(lane, type).put("delta", delta).toString(), 0);
  }

  private static ObjectNode event(String lane, String type) {
    return Golden.JSON.createObjectNode().put("stream_id", lane).put("type", type);
  }

  private Streams.Asked asked(String answer) {
    return new Streams.Asked(
        new Stream(ledger, Dialect.RESPONSES, "pirate", answer), Golden.JSON.createObjectNode());
  }
}
