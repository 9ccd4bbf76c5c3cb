package io.lorikeet.http.responses.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.responses.store.ResponseStore.Found;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseStoreTest {
  private static final Duration KEPT = Duration.ofSeconds(100);
  private static final long SECOND = 1_000_000_000L;
  private static final Viewer ALICE = Viewer.of("alice");
  private static final Viewer BOB = Viewer.of("bob");

  @Test
  void aResponseComesBackAsItEnded() {
    ResponseStore store = new ResponseStore(10_000, KEPT);
    ObjectNode response = response("a", "hello");

    store.put(ALICE, response, List.of(item("in", "Hi")), Optional.empty(), true, 0);

    assertEquals(Optional.of(response), store.response(ALICE, "a", 0));
    assertEquals(Optional.of(List.of(item("in", "Hi"))), store.input(ALICE, "a", 0));
    assertEquals(Optional.of(item("out", "hello")), store.item(ALICE, "a", "out", 0));
    assertEquals(Optional.empty(), store.item(ALICE, "a", "other", 0));
  }

  @Test
  void aResponseIsThereUntilItsTimeIsOver() {
    ResponseStore store = new ResponseStore(10_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 5 * SECOND);

    assertTrue(store.response(ALICE, "a", 105 * SECOND - 1).isPresent());
    assertFalse(store.response(ALICE, "a", 105 * SECOND).isPresent());
    assertEquals(0, store.bytes());
  }

  @Test
  void asManyBytesAsThereMayBeStayAndOneMoreDrivesTheOldestOut() {
    ResponseStore wide = new ResponseStore(Long.MAX_VALUE, KEPT);
    put(wide, ALICE, "a", Optional.empty(), 0);
    put(wide, ALICE, "b", Optional.empty(), 0);
    ResponseStore fits = new ResponseStore(wide.bytes(), KEPT);
    ResponseStore tight = new ResponseStore(wide.bytes() - 1, KEPT);

    for (ResponseStore store : List.of(fits, tight)) {
      put(store, ALICE, "a", Optional.empty(), 0);
      put(store, ALICE, "b", Optional.empty(), 0);
    }

    assertTrue(fits.response(ALICE, "a", 0).isPresent());
    assertFalse(tight.response(ALICE, "a", 0).isPresent());
    assertTrue(tight.response(ALICE, "b", 0).isPresent());
  }

  @Test
  void aResponseThatAloneIsTooLargeIsNotKept() {
    ResponseStore store = new ResponseStore(ResponseStore.ENTRY_BYTES, KEPT);

    put(store, ALICE, "a", Optional.empty(), 0);

    assertFalse(store.response(ALICE, "a", 0).isPresent());
    assertEquals(0, store.bytes());
  }

  @Test
  void nobodySeesChangesOrForgetsWhatIsOthers() {
    ResponseStore store = new ResponseStore(10_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);

    assertEquals(Optional.empty(), store.response(BOB, "a", 0));
    assertEquals(Optional.empty(), store.input(BOB, "a", 0));
    assertEquals(Optional.empty(), store.item(BOB, "a", "out", 0));
    assertEquals(new Found.Nothing(), store.conversation(BOB, "a", 0));
    assertFalse(store.delete(BOB, "a", 0));
    assertTrue(store.response(ALICE, "a", 0).isPresent());
  }

  @Test
  void whoHoldsMostLosesHisOldestWhoeverComes() {
    ResponseStore wide = new ResponseStore(Long.MAX_VALUE, KEPT);
    put(wide, ALICE, "x", Optional.empty(), 0);
    ResponseStore store = new ResponseStore(4 * wide.bytes(), KEPT);
    put(store, BOB, "b", Optional.empty(), 0);
    for (int i = 0; i < 100; i++) {
      put(store, ALICE, Integer.toString(i % 10), Optional.empty(), 0);
    }

    assertTrue(store.response(BOB, "b", 0).isPresent());
    assertTrue(store.response(ALICE, "9", 0).isPresent());
    assertTrue(store.response(ALICE, "7", 0).isPresent());
    assertFalse(store.response(ALICE, "6", 0).isPresent());
  }

  @Test
  void aConversationHoldsAllThatWasSaidInOrderAndMayFork() {
    ResponseStore store = new ResponseStore(100_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);
    Optional<Link> after = conversation(store, "a");
    put(store, ALICE, "b", after, 0);
    put(store, ALICE, "c", after, 0);

    assertEquals(List.of("to a", "a", "to b", "b"), texts(conversation(store, "b").orElseThrow()));
    assertEquals(List.of("to a", "a", "to c", "c"), texts(conversation(store, "c").orElseThrow()));
    assertEquals(3, store.input(ALICE, "b", 0).orElseThrow().size());
  }

  @Test
  void whatAConversationNeedsOutlivesTheResponseThatSaidIt() {
    ResponseStore store = new ResponseStore(100_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);
    put(store, ALICE, "b", conversation(store, "a"), 0);

    assertTrue(store.delete(ALICE, "a", 0));

    assertEquals(new Found.Nothing(), store.conversation(ALICE, "a", 0));
    assertEquals(List.of("to a", "a", "to b", "b"), texts(conversation(store, "b").orElseThrow()));
    assertTrue(store.delete(ALICE, "b", 0));
    assertEquals(0, store.bytes());
  }

  @Test
  void whatAConversationNeedsIsCountedOnce() {
    ResponseStore store = new ResponseStore(100_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);
    long one = store.bytes();

    put(store, ALICE, "b", conversation(store, "a"), 0);

    assertEquals(2 * one, store.bytes());
  }

  @Test
  void aConversationThatWasForgottenMeanwhileIsHeldAgain() {
    ResponseStore store = new ResponseStore(100_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);
    Optional<Link> held = conversation(store, "a");
    long one = store.bytes();
    assertTrue(store.delete(ALICE, "a", 0));

    put(store, ALICE, "b", held, 0);

    assertEquals(2 * one - shell(), store.bytes());
    assertEquals(List.of("to a", "a", "to b", "b"), texts(conversation(store, "b").orElseThrow()));
  }

  @Test
  void aResponseThatFailedIsNotContinued() {
    ResponseStore store = new ResponseStore(10_000, KEPT);

    store.put(ALICE, response("a", "half"), List.of(), Optional.empty(), false, 0);

    assertEquals(new Found.Failed(), store.conversation(ALICE, "a", 0));
  }

  @Test
  void whatASessionRemembersIsSeenByNoOther() {
    ResponseStore store = new ResponseStore(10_000, KEPT);
    Viewer session = new Viewer("alice", 1);
    put(store, session, "a", Optional.empty(), 0);
    put(store, ALICE, "b", Optional.empty(), 0);

    assertTrue(store.response(session, "a", 0).isPresent());
    assertTrue(store.response(session, "b", 0).isPresent());
    assertFalse(store.response(ALICE, "a", 0).isPresent());
    assertFalse(store.response(new Viewer("alice", 2), "a", 0).isPresent());
    assertFalse(store.response(new Viewer("bob", 1), "a", 0).isPresent());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void bytesHoldWhateverHappensAndAreGivenBack(long seed) {
    Random random = new Random(seed);
    long max = 8_000L + random.nextInt(8_000);
    ResponseStore store = new ResponseStore(max, KEPT);
    List<Viewer> viewers = List.of(ALICE, BOB, new Viewer("bob", 7));
    List<String> ids = IntStream.range(0, 30).mapToObj(i -> "r" + i).toList();
    long now = 0;
    for (int i = 0; i < 2_000; i++) {
      now += random.nextLong(SECOND);
      Viewer viewer = viewers.get(random.nextInt(viewers.size()));
      String id = ids.get(random.nextInt(ids.size()));
      Optional<Link> before =
          store.conversation(viewer, ids.get(random.nextInt(ids.size())), now)
                  instanceof Found.Conversation(Link link)
              ? Optional.of(link)
              : Optional.empty();
      if (random.nextInt(4) == 0) {
        store.delete(viewer, id, now);
      } else {
        put(store, viewer, viewer.principal() + viewer.session() + id, before, now);
      }
      assertTrue(store.bytes() >= 0 && store.bytes() <= max, "seed " + seed + " step " + i);
    }
    store.response(ALICE, "none", now + KEPT.toNanos());
    assertEquals(0, store.bytes(), "seed " + seed);
  }

  private static void put(
      ResponseStore store, Viewer owner, String id, Optional<Link> before, long now) {
    store.put(owner, response(id, id), List.of(item("in", "to " + id)), before, true, now);
  }

  private static Optional<Link> conversation(ResponseStore store, String id) {
    return store.conversation(ALICE, id, 0) instanceof Found.Conversation(Link link)
        ? Optional.of(link)
        : Optional.empty();
  }

  private static List<String> texts(Link link) {
    List<String> texts = new ArrayList<>();
    link.conversation().forEach(item -> texts.add(item.path("text").asText()));
    return texts;
  }

  private static long shell() {
    ResponseStore store = new ResponseStore(10_000, KEPT);
    put(store, ALICE, "a", Optional.empty(), 0);
    long whole = store.bytes();
    put(store, ALICE, "b", conversation(store, "a"), 0);
    store.delete(ALICE, "a", 0);
    return 2 * whole - store.bytes();
  }

  private static ObjectNode response(String id, String text) {
    ObjectNode response = JsonNodeFactory.instance.objectNode().put("id", id);
    response.putArray("output").add(item("out", text));
    return response.put("status", "completed");
  }

  private static ObjectNode item(String id, String text) {
    return JsonNodeFactory.instance.objectNode().put("id", id).put("text", text);
  }
}
