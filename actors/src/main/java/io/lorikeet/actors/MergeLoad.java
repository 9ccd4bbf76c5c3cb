package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The build of a merge. */
final class MergeLoad<H> extends ImageLoad<H> {
  final MergeOrder order;
  // Requests that hold a lease on the merge already.
  final List<MergeRequest<H>> waiters = new ArrayList<>();

  MergeLoad(long id, MergeOrder order, long notBefore) {
    super(id, key(order), notBefore);
    this.order = order;
  }

  // No adapter has a name with a blank.
  static String key(MergeOrder order) {
    return "merge " + order.generation().hash();
  }

  @Override
  Optional<GenerationId> target() {
    return Optional.of(order.generation());
  }

  @Override
  boolean hasWaiters() {
    return !waiters.isEmpty();
  }

  @Override
  void dropWaiters(H holder) {
    waiters.removeIf(waiter -> waiter.holder.equals(holder));
  }
}
