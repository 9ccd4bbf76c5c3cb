package io.lorikeet.engine.schedule;

import java.util.ArrayList;
import java.util.List;

/** Who pays: its flows, its share and what it has cost. */
final class Principal {
  final String name;
  final double weight;
  final List<Flow> flows = new ArrayList<>();
  double counter;
  int waiting;
  long servedNanos; // last admission, or when it began to wait
  int blocks; // scratch of Planner

  Principal(String name, double weight, double counter) {
    this.name = name;
    this.weight = weight;
    this.counter = counter;
  }
}
