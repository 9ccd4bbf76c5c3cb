package io.lorikeet.actors;

import io.lorikeet.engine.adapter.HostTier;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Derivation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who holds which lease of a {@link HostTier}, so that leases go when their holder dies.
 *
 * @param <H> a holder, by {@code equals}
 */
final class LeaseBook<H> {
  private final HostTier tier;
  private final Map<H, Set<Long>> held = new HashMap<>();
  private final Map<Long, String> names = new HashMap<>();

  LeaseBook(HostTier tier) {
    this.tier = tier;
  }

  /** A lease on what the name stands for now; empty when there is no such name. */
  Optional<Lease> grant(H holder, String name, long now) {
    Optional<Lease> lease = tier.lease(name, now);
    lease.ifPresent(l -> hold(holder, l));
    return lease;
  }

  /** A lease on a merge, which has no name of its own. */
  Lease grantMerged(H holder, String label, Derivation merge, long now) {
    Lease lease =
        tier.leaseMerged(label, merge.generation(), Set.copyOf(merge.recipe().adapters()), now);
    hold(holder, lease);
    return lease;
  }

  private void hold(H holder, Lease lease) {
    held.computeIfAbsent(holder, _ -> new HashSet<>()).add(lease.id());
    names.put(lease.id(), lease.name());
  }

  /** Leases under this name, whatever it stands for now. */
  int count(String name) {
    return (int) names.values().stream().filter(name::equals).count();
  }

  /** Gives a lease back; one that this holder does not have is left alone. */
  void release(H holder, long leaseId) {
    Set<Long> ids = held.get(holder);
    if (ids == null || !ids.remove(leaseId)) {
      return;
    }
    giveBack(leaseId);
    if (ids.isEmpty()) {
      held.remove(holder);
    }
  }

  private void giveBack(long leaseId) {
    names.remove(leaseId);
    tier.release(leaseId);
  }

  /** The holder is gone. */
  void releaseAll(H holder) {
    Set<Long> ids = held.remove(holder);
    if (ids != null) {
      ids.forEach(this::giveBack);
    }
  }
}
