package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.List;

/** One principal's sequences on one adapter, and what they have cost. */
final class Flow {
  final Principal principal;
  final GenerationId adapter;
  final List<Sequence> waiting = new ArrayList<>(); // by serial
  double counter;
  int members; // waiting and running
  int cursor; // next of the waiting to look at in this scan

  Flow(Principal principal, GenerationId adapter, double counter) {
    this.principal = principal;
    this.adapter = adapter;
    this.counter = counter;
  }
}
