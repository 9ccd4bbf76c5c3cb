package io.lorikeet.engine.schedule;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Ends what ran out of time: deadlines, the wait in the queue, the wait for credit. */
final class Timers {
  private final Roster roster;
  private final ScheduleSettings settings;
  private final long queueWaitNanos;
  private final long withoutCreditNanos;
  private final long passedOverNanos;
  private final List<Sequence> due = new ArrayList<>();
  private long nextDue = Long.MAX_VALUE; // nothing is due before

  Timers(Roster roster, ScheduleSettings settings) {
    this.roster = roster;
    this.settings = settings;
    queueWaitNanos = settings.queueWait().toNanos();
    withoutCreditNanos = settings.withoutCredit().toNanos();
    passedOverNanos = settings.passedOver().toNanos();
  }

  /** Something of the sequence changed that has a time. */
  void watch(Sequence sequence) {
    nextDue = Math.min(nextDue, dueAt(sequence));
  }

  void expire(long nowNanos) {
    if (nowNanos < nextDue) {
      return;
    }
    nextDue = Long.MAX_VALUE;
    for (Sequence sequence : roster.all()) {
      if (expired(sequence, nowNanos) != null) {
        due.add(sequence);
      } else {
        watch(sequence);
      }
    }
    for (Sequence sequence : due) {
      EndReason reason = expired(sequence, nowNanos);
      if (reason != null) {
        roster.end(sequence, reason);
      }
    }
    due.clear();
  }

  /** When something is due, or a sequence without credit may lose its place to others. */
  OptionalLong next(long nowNanos) {
    long next = Long.MAX_VALUE;
    for (Sequence sequence : roster.all()) {
      next = Math.min(next, dueAt(sequence));
      if (sequence.phase == Sequence.Phase.RUNNING
          && sequence.credit == 0
          && roster.queue.size() > 0
          && sequence.starvedSince + passedOverNanos > nowNanos) {
        next = Math.min(next, sequence.starvedSince + passedOverNanos);
      }
    }
    return next == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(next);
  }

  private long dueAt(Sequence sequence) {
    long at = sequence.request.deadlineNanos();
    if (sequence.phase == Sequence.Phase.WAITING) {
      at = Math.min(at, sequence.submittedNanos + queueWaitNanos);
    }
    if (sequence.credit == 0) {
      at = Math.min(at, sequence.starvedSince + withoutCreditNanos);
    }
    return at;
  }

  private @Nullable EndReason expired(Sequence sequence, long nowNanos) {
    if (nowNanos < dueAt(sequence)) {
      return null;
    }
    if (nowNanos >= sequence.request.deadlineNanos()) {
      return new EndReason.Deadline();
    }
    if (sequence.credit == 0 && nowNanos - sequence.starvedSince >= withoutCreditNanos) {
      return new EndReason.SlowClient();
    }
    return new EndReason.Rejected(
        ErrorCode.QUEUE_TIMEOUT,
        "no room within "
            + settings.queueWait().toSeconds()
            + " s; "
            + roster.queue.waiting()
            + " requests wait");
  }
}
