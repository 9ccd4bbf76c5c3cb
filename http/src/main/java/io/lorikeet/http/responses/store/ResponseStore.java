package io.lorikeet.http.responses.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Responses that ended, for a while. Where they have more bytes than there may be, the principal
 * that holds most loses its oldest one, so that nobody can push out what others hold below their
 * share. Thread-safe.
 */
public final class ResponseStore {
  /** What is counted for a response besides its JSON: objects, ids, places in maps. */
  static final int ENTRY_BYTES = 512;

  private static final String OUTPUT = "output";

  private final long bytesMax;
  private final long keptNanos;
  // All in order of age; guarded by this.
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, Account> accounts = new LinkedHashMap<>();
  private long bytes;

  /**
   * An empty store.
   *
   * @param bytesMax of all responses
   * @param kept how long a response stays
   */
  public ResponseStore(long bytesMax, Duration kept) {
    this.bytesMax = bytesMax;
    this.keptNanos = kept.toNanos();
  }

  /**
   * @param shell the response without its output, as JSON
   */
  private record Entry(
      String id, Viewer owner, byte[] shell, Link link, boolean continuable, long untilNanos) {
    long bytes() {
      return (long) ENTRY_BYTES + shell.length;
    }
  }

  /** What one principal holds. */
  private static final class Account {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long bytes;
  }

  /** What became of a look for a conversation. */
  public sealed interface Found {
    record Conversation(Link link) implements Found {}

    /** The response failed, so nothing follows from it. */
    record Failed() implements Found {}

    /** There is none, or none that the viewer may see. */
    record Nothing() implements Found {}
  }

  /**
   * Keeps a response. One that alone has too many bytes is dropped at once.
   *
   * @param response complete, with {@code id} and {@code output}
   * @param input items of its request
   * @param before the conversation that it continues
   * @param continuable whether it may be continued
   */
  public void put(
      Viewer owner,
      ObjectNode response,
      List<ObjectNode> input,
      Optional<Link> before,
      boolean continuable,
      long nowNanos) {
    List<ObjectNode> output = new ArrayList<>();
    response.path(OUTPUT).forEach((JsonNode item) -> output.add((ObjectNode) item));
    ObjectNode shell = response.objectNode().setAll(response);
    shell.putArray(OUTPUT);
    add(
        new Entry(
            response.path("id").asText(),
            owner,
            Json.bytes(json -> json.writeTree(shell)),
            new Link(before, input, output),
            continuable,
            nowNanos + keptNanos),
        nowNanos);
  }

  // JSON is written and read outside of the lock: what it comes from does not change.
  private synchronized void add(Entry entry, long nowNanos) {
    expire(nowNanos);
    remove(entry.id());
    Account account = accounts.computeIfAbsent(entry.owner().principal(), _ -> new Account());
    entries.put(entry.id(), entry);
    account.entries.put(entry.id(), entry);
    count(account, entry.bytes());
    use(account, entry.link());
    fit();
  }

  /** A response as it ended. */
  public Optional<ObjectNode> response(Viewer viewer, String id, long nowNanos) {
    return find(viewer, id, nowNanos)
        .map(entry -> {
          ObjectNode response = Json.readObject(entry.shell());
          response.putArray(OUTPUT).addAll(entry.link().output());
          return response;
        });
  }

  /** The items that a response was made from, in order. */
  public Optional<List<ObjectNode>> input(Viewer viewer, String id, long nowNanos) {
    return find(viewer, id, nowNanos).map(entry -> entry.link().requested());
  }

  /** An item of a response. */
  public Optional<ObjectNode> item(Viewer viewer, String id, String item, long nowNanos) {
    return find(viewer, id, nowNanos)
        .flatMap(entry ->
            entry
                .link()
                .own()
                .filter(candidate -> candidate.path("id").asText().equals(item))
                .findFirst());
  }

  /** The conversation that a response ends. It stays what it is, whatever becomes of the store. */
  public Found conversation(Viewer viewer, String id, long nowNanos) {
    return find(viewer, id, nowNanos)
        .<Found>map(entry ->
            entry.continuable() ? new Found.Conversation(entry.link()) : new Found.Failed())
        .orElseGet(Found.Nothing::new);
  }

  /** Forgets a response; false: there was none. Those that continue it stay as they are. */
  public synchronized boolean delete(Viewer viewer, String id, long nowNanos) {
    Optional<Entry> entry = find(viewer, id, nowNanos);
    entry.ifPresent(found -> remove(found.id()));
    return entry.isPresent();
  }

  /** Bytes of all that is held. */
  public synchronized long bytes() {
    return bytes;
  }

  private synchronized Optional<Entry> find(Viewer viewer, String id, long nowNanos) {
    expire(nowNanos);
    return Optional.ofNullable(entries.get(id)).filter(entry -> viewer.sees(entry.owner()));
  }

  private void expire(long nowNanos) {
    Iterator<Entry> oldest = entries.values().iterator();
    while (oldest.hasNext()) {
      Entry entry = oldest.next();
      if (entry.untilNanos() - nowNanos > 0) {
        return;
      }
      oldest.remove();
      forget(entry);
    }
  }

  private void fit() {
    while (bytes > bytesMax) {
      Account largest =
          accounts.values().stream()
              .max(Comparator.comparingLong(account -> account.bytes))
              .orElseThrow();
      remove(largest.entries.keySet().iterator().next());
    }
  }

  private void remove(String id) {
    Optional.ofNullable(entries.remove(id)).ifPresent(this::forget);
  }

  private void forget(Entry entry) {
    String principal = entry.owner().principal();
    Account account = accounts.get(principal);
    if (account == null) {
      throw new IllegalStateException("a response belongs to nobody");
    }
    account.entries.remove(entry.id());
    count(account, -entry.bytes());
    leave(account, entry.link());
    if (account.entries.isEmpty()) {
      accounts.remove(principal);
    }
  }

  // What lies before is needed once by each link that follows it.
  private void use(Account account, Link last) {
    for (Optional<Link> link = Optional.of(last); link.isPresent(); link = link.get().before()) {
      if (!link.get().use()) {
        return;
      }
      count(account, link.get().bytes());
    }
  }

  private void leave(Account account, Link last) {
    for (Optional<Link> link = Optional.of(last); link.isPresent(); link = link.get().before()) {
      if (!link.get().leave()) {
        return;
      }
      count(account, -link.get().bytes());
    }
  }

  private void count(Account account, long more) {
    account.bytes += more;
    bytes += more;
  }
}
