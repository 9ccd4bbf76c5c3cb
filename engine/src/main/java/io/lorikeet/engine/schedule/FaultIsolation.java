package io.lorikeet.engine.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Finds the sequence that makes a step fail: its sequences are suspects, run again in halves, each
 * half in steps of its own, until one fails alone. While there are suspects nobody else runs, and
 * one step is in flight at a time, so that a failure always says something.
 */
final class FaultIsolation {
  private static final int INNOCENT = 0;

  private final Deque<Integer> groups = new ArrayDeque<>();
  private int numbers;

  boolean active() {
    return !groups.isEmpty();
  }

  boolean permits(Sequence sequence) {
    return groups.isEmpty() || sequence.suspect == groups.element();
  }

  /** Drops groups of which nobody can run any more. Called when nothing is in flight. */
  void settle(List<Sequence> running) {
    while (active() && !anyReady(running, groups.element())) {
      groups.remove();
    }
  }

  /** The step is finished: those in it are innocent. */
  void passed(Flight flight) {
    for (int i = 0; active() && i < flight.count(); i++) {
      flight.sequence(i).suspect = INNOCENT;
    }
  }

  /** The step failed. True when it held one sequence alone: the culprit. */
  boolean failed(Flight flight) {
    if (flight.count() == 1) {
      return true;
    }
    int half = flight.count() / 2;
    int second = ++numbers;
    int first = ++numbers;
    groups.addFirst(second);
    groups.addFirst(first);
    for (int i = 0; i < flight.count(); i++) {
      flight.sequence(i).suspect = i < half ? first : second;
    }
    return false;
  }

  /** Nobody is suspected any more: the executor is another. */
  void clear() {
    groups.clear();
  }

  private static boolean anyReady(List<Sequence> running, int group) {
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (sequence.suspect == group && sequence.rowsReady() > 0) {
        return true;
      }
    }
    return false;
  }
}
