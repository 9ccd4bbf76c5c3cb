package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All sequences that have not ended, and the only place where one changes its phase: waiting,
 * running, preempted, ended. What it holds on the device changes with it.
 */
final class Roster {
  final WaitingQueue queue;
  final List<Sequence> running = new ArrayList<>(); // by serial
  private final Map<Long, Sequence> byId = new LinkedHashMap<>();
  private final FairShare fair;
  private final LoopEvents events;
  private final Counts counts;
  private Device device;
  private long serials;

  Roster(Device device, FairShare fair, WaitingQueue queue, LoopEvents events, Counts counts) {
    this.device = device;
    this.fair = fair;
    this.queue = queue;
    this.events = events;
    this.counts = counts;
  }

  @Nullable Sequence find(long id) {
    return byId.get(id);
  }

  /** All, in the order of submission. */
  Collection<Sequence> all() {
    return byId.values();
  }

  List<Sequence> snapshot() {
    return new ArrayList<>(byId.values());
  }

  Sequence add(SequenceRequest request, long nowNanos) {
    Flow flow = fair.join(request.principal(), request.composition());
    Sequence sequence = new Sequence(request, ++serials, nowNanos, flow);
    byId.put(request.id(), sequence);
    queue.add(sequence, nowNanos);
    return sequence;
  }

  /** Gives it a seat and its adapters' slots. */
  void admit(Sequence sequence) {
    queue.served(sequence);
    queue.remove(sequence);
    if (sequence.phase == Sequence.Phase.PREEMPTED) {
      sequence.resumed++;
    } else {
      fair.chargePrompt(sequence);
    }
    sequence.phase = Sequence.Phase.RUNNING;
    device.seat(sequence);
    WaitingQueue.insert(running, sequence);
    counts.admitted++;
  }

  /** Takes all from it; it goes on later, computed anew from its tokens. */
  void preempt(Sequence sequence, long nowNanos) {
    retire(sequence);
    sequence.phase = Sequence.Phase.PREEMPTED;
    sequence.next = 0;
    queue.add(sequence, nowNanos);
  }

  void end(Sequence sequence, EndReason reason) {
    switch (sequence.phase) {
      case RUNNING -> retire(sequence);
      case WAITING, PREEMPTED -> queue.remove(sequence);
      case ENDED -> throw new IllegalStateException("sequence " + sequence.id() + " ended before");
    }
    sequence.phase = Sequence.Phase.ENDED;
    byId.remove(sequence.id());
    fair.leave(sequence.flow);
    counts.ended++;
    events.ended(sequence.id(), reason, sequence.usage());
  }

  /** Ends those that wait and are like this. */
  void endWaiting(Predicate<Composition> those, EndReason reason) {
    for (Sequence sequence : snapshot()) {
      if (sequence.phase != Sequence.Phase.RUNNING && those.test(sequence.composition())) {
        end(sequence, reason);
      }
    }
  }

  /** All that ran wait again; their device is lost. */
  void strand(long nowNanos) {
    while (!running.isEmpty()) {
      preempt(running.getLast(), nowNanos);
    }
    for (Sequence sequence : byId.values()) {
      sequence.drawing = 0;
    }
  }

  void moveTo(Device fresh) {
    device = fresh;
  }

  private void retire(Sequence sequence) {
    running.remove(sequence);
    sequence.planned = 0;
    device.release(sequence);
  }
}
