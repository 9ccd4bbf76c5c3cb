package io.lorikeet.engine.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that wait for a seat, the first time or again, and the order in which admission looks
 * at them: first those that were passed over for too long, by age; then by fair share. A principal
 * that nobody was admitted of for the same time goes before the others, and so does a flow within
 * its principal; else newcomers, who start at the least counter, could keep a dear one waiting.
 */
final class WaitingQueue {
  private final FairShare fair;
  private final long passedOverNanos;
  private final List<Sequence> misfits = new ArrayList<>(); // by serial
  private int preempted;
  private int size;

  // the scan in progress
  private long scan;
  private long scanNanos;
  private int misfitCursor;

  WaitingQueue(FairShare fair, long passedOverNanos) {
    this.fair = fair;
    this.passedOverNanos = passedOverNanos;
  }

  int size() {
    return size;
  }

  int preempted() {
    return preempted;
  }

  /** Waiting for the first time. */
  int waiting() {
    return size - preempted;
  }

  void add(Sequence sequence, long nowNanos) {
    Principal principal = sequence.flow.principal;
    if (principal.waiting++ == 0) {
      principal.servedNanos = nowNanos;
    }
    if (sequence.flow.waiting.isEmpty()) {
      sequence.flow.servedNanos = nowNanos;
    }
    insert(sequence.flow.waiting, sequence);
    size++;
    if (sequence.phase == Sequence.Phase.PREEMPTED) {
      preempted++;
      misfit(sequence, nowNanos);
    }
  }

  void remove(Sequence sequence) {
    Flow flow = sequence.flow;
    int index = flow.waiting.indexOf(sequence);
    flow.waiting.remove(index);
    flow.cursor -= index < flow.cursor ? 1 : 0;
    flow.principal.waiting--;
    size--;
    preempted -= sequence.phase == Sequence.Phase.PREEMPTED ? 1 : 0;
    if (sequence.misfitSince != Sequence.NEVER) {
      sequence.misfitSince = Sequence.NEVER;
      int at = misfits.indexOf(sequence);
      misfits.remove(at);
      misfitCursor -= at < misfitCursor ? 1 : 0;
    }
  }

  /** Its turn came but there was no room for it; others overtake it from now on. */
  void misfit(Sequence sequence, long nowNanos) {
    if (sequence.misfitSince == Sequence.NEVER) {
      sequence.misfitSince = nowNanos;
      int at = insert(misfits, sequence);
      misfitCursor += at < misfitCursor ? 1 : 0;
    }
  }

  boolean passedOver(Sequence sequence) {
    return sequence.misfitSince != Sequence.NEVER
        && scanNanos - sequence.misfitSince >= passedOverNanos;
  }

  /** Starts to look at all waiting sequences once. */
  void begin(long nowNanos) {
    scan++;
    scanNanos = nowNanos;
    misfitCursor = 0;
    for (Principal principal : fair.principals()) {
      for (Flow flow : principal.flows) {
        flow.cursor = 0;
      }
    }
  }

  long scan() {
    return scan;
  }

  /** The next sequence to look at; null at the end. Sequences may be removed between calls. */
  @Nullable Sequence next() {
    while (misfitCursor < misfits.size()) {
      Sequence sequence = misfits.get(misfitCursor++);
      if (passedOver(sequence)) {
        sequence.visited = scan;
        return sequence;
      }
    }
    for (Flow flow = flow(); flow != null; flow = flow()) {
      Sequence sequence = flow.waiting.get(flow.cursor++);
      if (sequence.visited != scan) {
        sequence.visited = scan;
        return sequence;
      }
    }
    return null;
  }

  /** Passes over the rest of a flow in this scan. */
  static void skip(Flow flow) {
    flow.cursor = flow.waiting.size();
  }

  void served(Sequence sequence) {
    sequence.flow.servedNanos = scanNanos;
    sequence.flow.principal.servedNanos = scanNanos;
  }

  private @Nullable Flow flow() {
    Flow best = null;
    for (int i = 0; i < fair.principals().size(); i++) {
      Principal principal = fair.principals().get(i);
      if (principal.waiting > 0) {
        for (int j = 0; j < principal.flows.size(); j++) {
          Flow flow = principal.flows.get(j);
          if (flow.cursor < flow.waiting.size() && (best == null || before(flow, best))) {
            best = flow;
          }
        }
      }
    }
    return best;
  }

  private boolean before(Flow a, Flow b) {
    Principal p = a.principal;
    Principal q = b.principal;
    long served = p == q ? a.servedNanos : p.servedNanos;
    long other = p == q ? b.servedNanos : q.servedNanos;
    boolean late = scanNanos - served >= passedOverNanos;
    if (late != scanNanos - other >= passedOverNanos) {
      return late;
    }
    if (late && served != other) {
      return served < other;
    }
    double cost = p == q ? a.counter : p.counter;
    double otherCost = p == q ? b.counter : q.counter;
    return cost < otherCost || (cost == otherCost && head(a).serial < head(b).serial);
  }

  private static Sequence head(Flow flow) {
    return flow.waiting.get(flow.cursor);
  }

  /** Inserts by serial and returns the index. */
  static int insert(List<Sequence> list, Sequence sequence) {
    int at = list.size();
    while (at > 0 && list.get(at - 1).serial > sequence.serial) {
      at--;
    }
    list.add(at, sequence);
    return at;
  }
}
