package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.Residency;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Requests for merges: each first gets leases on the parts like any request, so that it is clear
 * which generations are merged, then one on the merge, whose image is built where it is not on the
 * host. The leases on parts go when the request is answered. Part of {@link AdapterBook}.
 */
final class Merges<H> {
  /** Resolves a part; answered by {@link #granted} or {@link #refused}, perhaps at once. */
  interface Resolving<H> {
    void resolve(Asker<H> asker, String name, long now);
  }

  private final Desk<H> desk;
  private final Resolving<H> parts;

  Merges(Desk<H> desk, Resolving<H> parts) {
    this.desk = desk;
    this.parts = parts;
  }

  /** A request wants a merge. */
  void ask(H holder, Recipe<String> recipe, long now) {
    ask(new MergeRequest<>(holder, recipe, 1), now);
  }

  private void ask(MergeRequest<H> request, long now) {
    for (String name : request.recipe.adapters()) {
      if (!request.answered) {
        parts.resolve(new Asker.ForMerge<>(request), name, now);
      }
    }
  }

  /** A lease on a part came. */
  void granted(MergeRequest<H> request, Lease lease, long now) {
    if (request.answered) {
      desk.leases().release(request.holder, lease.id());
      return;
    }
    request.parts.put(lease.name(), lease);
    if (request.parts.size() == request.recipe.parts().size()) {
      merge(request, now);
    }
  }

  /** A part could not be had, and so the merge can't. */
  void refused(MergeRequest<H> request, String name, Failure failure) {
    if (!request.answered) {
      close(request);
      desk.work().refused(request.holder, name, failure.code(), failure.message());
    }
  }

  private void merge(MergeRequest<H> request, long now) {
    Map<GenerationId, String> names = new HashMap<>();
    for (Lease lease : request.parts.values()) {
      String other = names.put(lease.generation(), lease.name());
      if (other != null) {
        refused(
            request,
            request.label(),
            new Failure(
                ErrorCode.REQUEST_INVALID,
                "a merge must hold each adapter once. Given: `%s` and `%s`, which are the same"
                    .formatted(other, lease.name()),
                false));
        return;
      }
    }
    Recipe<GenerationId> recipe = request.recipe.map(name -> part(request, name).generation());
    MergeOrder order = new MergeOrder(Derivation.of(recipe), names);
    if (desk.loads().hangs(MergeLoad.key(order))) {
      refused(request, request.label(), desk.tooSlow());
      return;
    }
    Lease lease =
        desk.leases().grantMerged(request.holder, request.label(), order.derivation(), now);
    request.merged = Optional.of(lease);
    desk.origins().merged(order);
    if (desk.tier().image(order.generation(), now).isPresent()) {
      grant(request);
    } else {
      MergeLoad<H> load = desk.loads().of(order, now);
      load.imageBytes = Math.max(load.imageBytes, guessBytes(request));
      load.waiters.add(request);
    }
  }

  private static <H> Lease part(MergeRequest<H> request, String name) {
    return Optional.ofNullable(request.parts.get(name)).orElseThrow();
  }

  // Parts that are joined add up, others share their places. A merge may come out smaller than any
  // guess, so none is a reason to refuse it.
  private long guessBytes(MergeRequest<H> request) {
    LongStream parts =
        request.parts.values().stream()
            .flatMap(lease -> desk.tier().residency(lease.generation()).stream())
            .mapToLong(Residency::bytes);
    long guess = request.recipe.strategy() == Strategy.CAT ? parts.sum() : parts.max().orElse(0);
    return Math.min(guess, desk.settings().hostBytes());
  }

  private void grant(MergeRequest<H> request) {
    Lease lease = request.merged.orElseThrow();
    request.merged = Optional.empty();
    close(request);
    desk.work().granted(request.holder, lease);
  }

  /** Gives back what the request itself does not get. */
  private void close(MergeRequest<H> request) {
    request.answered = true;
    request.merged.ifPresent(lease -> desk.leases().release(request.holder, lease.id()));
    request.parts.values().forEach(part -> desk.leases().release(request.holder, part.id()));
  }

  /** The image is on the host. */
  void built(MergeLoad<H> load) {
    load.waiters.forEach(this::grant);
  }

  /** A failed build fails only those who waited for it. */
  void failed(MergeLoad<H> load, Failure failure, long now) {
    for (MergeRequest<H> request : load.waiters) {
      boolean changed = failure.code() == ErrorCode.ADAPTER_GENERATION_MISMATCH;
      if (changed && request.tries < desk.settings().loadTries()) {
        close(request);
        ask(new MergeRequest<>(request.holder, request.recipe, request.tries + 1), now);
      } else {
        refused(request, request.label(), failure);
      }
    }
  }
}
