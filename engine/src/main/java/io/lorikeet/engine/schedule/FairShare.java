package io.lorikeet.engine.schedule;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Virtual token counters per principal and, within it, per set of adapters. Who has cost least for
 * its weight is next. A newcomer starts at the minimum of the active ones, so that nobody hoards
 * credit by staying away, and nobody sheds a debt by leaving.
 */
final class FairShare {
  /** A drawn token costs more than a prompt token, which shares its pass over the weights. */
  static final int DRAWN_PRICE = 2;

  /** Counters kept of principals that left: the last ones, as names come from outside. */
  static final int DEPARTED_MAX = 1024;

  private final ScheduleSettings settings;
  private final Map<String, Principal> byName = new HashMap<>();
  private final List<Principal> principals = new ArrayList<>();
  private final Map<String, Double> departed = new LinkedHashMap<>();
  private double floor;

  FairShare(ScheduleSettings settings) {
    this.settings = settings;
  }

  /** Those with a sequence, in no particular order. */
  List<Principal> principals() {
    return principals;
  }

  /** The flow of one more sequence. */
  Flow join(String principal, Composition composition) {
    Principal owner = byName.get(principal);
    if (owner == null) {
      double own = departed.getOrDefault(principal, 0.0);
      departed.remove(principal);
      owner = new Principal(principal, settings.weight(principal), Math.max(own, minimum()));
      byName.put(principal, owner);
      principals.add(owner);
    }
    Flow flow = flow(owner, composition.adapters());
    flow.members++;
    return flow;
  }

  /** One sequence of the flow ended. */
  void leave(Flow flow) {
    Principal owner = flow.principal;
    if (--flow.members > 0) {
      return;
    }
    owner.flows.remove(flow);
    if (owner.flows.isEmpty()) {
      floor = minimum();
      byName.remove(owner.name);
      principals.remove(owner);
      remember(owner);
    }
  }

  void chargePrompt(Sequence sequence) {
    charge(sequence.flow, sequence.promptTokens());
  }

  void chargeDrawn(Sequence sequence) {
    charge(sequence.flow, DRAWN_PRICE);
  }

  private static void charge(Flow flow, int cost) {
    flow.counter += cost;
    flow.principal.counter += cost / flow.principal.weight;
  }

  private static Flow flow(Principal owner, List<GenerationId> adapters) {
    double least = Double.POSITIVE_INFINITY;
    for (Flow flow : owner.flows) {
      if (flow.adapters.equals(adapters)) {
        return flow;
      }
      least = Math.min(least, flow.counter);
    }
    Flow flow = new Flow(owner, adapters, owner.flows.isEmpty() ? 0 : least);
    owner.flows.add(flow);
    return flow;
  }

  private double minimum() {
    double least = Double.POSITIVE_INFINITY;
    for (Principal principal : principals) {
      least = Math.min(least, principal.counter);
    }
    return principals.isEmpty() ? floor : Math.max(floor, least);
  }

  private void remember(Principal owner) {
    if (owner.counter <= floor) {
      return;
    }
    departed.put(owner.name, owner.counter);
    if (departed.size() > DEPARTED_MAX) {
      departed.remove(departed.keySet().iterator().next());
    }
  }
}
