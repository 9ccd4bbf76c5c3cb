package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.List;

/** One principal's sequences on the same adapters, and what they have cost. */
final class Flow {
  final Principal principal;
  final List<GenerationId> adapters;
  final List<Sequence> waiting = new ArrayList<>(); // by serial
  double counter;
  int members; // waiting and running
  long servedNanos; // last admission, or when it began to wait
  int cursor; // next of the waiting to look at in this scan

  Flow(Principal principal, List<GenerationId> adapters, double counter) {
    this.principal = principal;
    this.adapters = adapters;
    this.counter = counter;
  }
}
