package io.lorikeet.http.socket;

import io.lorikeet.config.SocketSettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/** The open sockets of a server: counts them and tells them when it stops. Thread-safe. */
public final class Sockets {
  private final int principalMax;
  private final Set<Member> members = new HashSet<>(); // guarded by this, as all below
  private final Map<String, Integer> counts = new HashMap<>(); // no zeros
  private final CompletableFuture<Done> empty = new CompletableFuture<>();
  private long opened;
  private boolean stopping;

  public Sockets(SocketSettings settings) {
    principalMax = settings.principalMax();
  }

  /** One open socket. */
  interface Member {
    String principal();

    /** The server stops: end when nothing runs any more. Any thread may call. */
    void leave();
  }

  /** Whether a socket of a principal may be opened. */
  enum Room {
    FREE,
    FULL,
    STOPPING
  }

  synchronized Room room(String principal) {
    if (stopping) {
      return Room.STOPPING;
    }
    return counts.getOrDefault(principal, 0) < principalMax ? Room.FREE : Room.FULL;
  }

  /** Takes a socket in where there is room. */
  synchronized Room enter(Member member) {
    Room room = room(member.principal());
    if (room == Room.FREE) {
      members.add(member);
      counts.merge(member.principal(), 1, Integer::sum);
      opened++;
    }
    return room;
  }

  /** A socket that was taken in, or not, has ended. */
  void left(Member member) {
    boolean last;
    synchronized (this) {
      if (members.remove(member)) {
        counts.computeIfPresent(member.principal(), (_, count) -> count == 1 ? null : count - 1);
      }
      last = stopping && members.isEmpty();
    }
    if (last) {
      empty.complete(Done.getInstance());
    }
  }

  /** Opens no more; completes when the last one has ended, which each does within the drain. */
  public CompletionStage<Done> stop() {
    List<Member> told;
    synchronized (this) {
      stopping = true;
      told = List.copyOf(members);
    }
    told.forEach(Member::leave);
    if (told.isEmpty()) {
      empty.complete(Done.getInstance());
    }
    return empty;
  }

  public synchronized int active() {
    return members.size();
  }

  /** Sockets that were ever opened. */
  public synchronized long opened() {
    return opened;
  }
}
