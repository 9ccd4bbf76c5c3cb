package io.lorikeet.actors;

import io.lorikeet.actors.AdapterLoad.Waiter;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.Swap;
import io.lorikeet.engine.error.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which generation each name stands for, what its last load showed, and who gets a lease on it.
 * Part of {@link AdapterBook}.
 */
final class NamedAdapters<H> {
  /** Takes the answers. */
  interface Answers<H> {
    void granted(Asker<H> asker, Lease lease, long now);

    void refused(Asker<H> asker, String name, Failure failure);
  }

  private final Desk<H> desk;
  private final Answers<H> answers;
  private final Map<String, KnownAdapter> known = new HashMap<>();

  NamedAdapters(Desk<H> desk, Answers<H> answers) {
    this.desk = desk;
    this.answers = answers;
  }

  /** Why the last load of the name failed, if it did. */
  Optional<Failure> failure(String name) {
    return Optional.ofNullable(known.get(name)).flatMap(KnownAdapter::lastFailure);
  }

  /** Somebody wants the adapter, whose files were found: a lease, a refusal or a load. */
  void serve(String name, Waiter<H> waiter, long now) {
    KnownAdapter adapter = known.getOrDefault(name, KnownAdapter.UNKNOWN);
    if (adapter.isCurrent(waiter.stamp()) && desk.tier().current(name).isPresent()) {
      grant(name, waiter, now);
      return;
    }
    Optional<Failure> failure = adapter.failure(waiter.stamp(), now);
    if (failure.isPresent()) {
      answers.refused(waiter.asker(), name, failure.get());
    } else if (!known.containsKey(name) && known.size() >= desk.settings().registeredMax()) {
      answers.refused(waiter.asker(), name, tooMany());
    } else {
      desk.loads().of(name, now).waiters.add(waiter);
    }
  }

  private void grant(String name, Waiter<H> waiter, long now) {
    Lease lease = desk.leases().grant(waiter.asker().holder(), name, now).orElseThrow();
    answers.granted(waiter.asker(), lease, now);
  }

  /** There are no files of this name. */
  void forget(String name) {
    known.remove(name);
    desk.tier().current(name).ifPresent(generation -> desk.tier().remove(name, generation));
  }

  /**
   * Lets the name stand for what a load has copied.
   *
   * @return false when there are too many names
   */
  boolean move(AdapterLoad<H> load) {
    Optional<GenerationId> before = desk.tier().current(load.name());
    GenerationId after = load.generation();
    if (before.equals(Optional.of(after))) {
      return true;
    }
    if (!(desk.tier().swap(load.name(), before, after) instanceof Swap.Done)) {
      return false;
    }
    load.swapped = Optional.of(new AdapterLoad.Swapped(before, after));
    return true;
  }

  /** The image is on the host. */
  void loaded(AdapterLoad<H> load) {
    desk.origins().loaded(load.generation(), load.name());
    if (desk.tier().current(load.name()).equals(Optional.of(load.generation()))) {
      known.put(load.name(), KnownAdapter.loaded(load.stamp.orElseThrow()));
    }
  }

  /** Answers those who waited for a load that came to an image. */
  void grantAll(AdapterLoad<H> load, long now) {
    for (Waiter<H> waiter : load.waiters) {
      if (load.serves(waiter) && desk.tier().current(load.name()).isPresent()) {
        grant(load.name(), waiter, now);
      } else {
        serve(load.name(), waiter, now);
      }
    }
  }

  /** A failed load fails only those who waited for it; the name stands for what it did before. */
  void failed(AdapterLoad<H> load, Failure failure, long now) {
    load.swapped.ifPresent(swapped -> undo(load.name(), swapped));
    // What is only busy may be free a moment later.
    boolean busy = failure.code() == ErrorCode.ADAPTER_LOAD_BUSY;
    long retry = busy ? now : now + AdapterBook.RETRY_NANOS;
    known.put(load.name(), KnownAdapter.failed(load.seen(), failure, retry));
    for (Waiter<H> waiter : load.waiters) {
      if (load.serves(waiter)) {
        answers.refused(waiter.asker(), load.name(), failure);
      } else {
        serve(load.name(), waiter, now);
      }
    }
  }

  private void undo(String name, AdapterLoad.Swapped swapped) {
    if (swapped.before().isPresent()) {
      desk.tier().swap(name, Optional.of(swapped.after()), swapped.before().get());
    } else {
      desk.tier().remove(name, swapped.after());
    }
  }

  Failure tooMany() {
    return new Failure(
        ErrorCode.ADAPTER_LOAD_BUSY,
        "at most %d adapters can be known at once".formatted(desk.settings().registeredMax()),
        false);
  }
}
