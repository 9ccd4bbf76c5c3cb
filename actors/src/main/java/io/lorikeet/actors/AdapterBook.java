package io.lorikeet.actors;

import io.lorikeet.actors.AdapterLoad.Waiter;
import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.actors.LookUps.LookUp;
import io.lorikeet.actors.metrics.AdapterPresence;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HostTierState;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the adapter manager knows and decides: which request gets a lease on which generation, which
 * adapters are loaded and merged, when and how often, and which images slots use. Pure: I/O and
 * replies go out through {@link AdapterWork}, time comes in as nanoseconds of any monotonic clock.
 * One owner calls it.
 *
 * <p>A request gets a lease on the files that it could see when it came: they are looked up for
 * every request, and loaded when their stamp is another one than that of the generation that the
 * name stands for. A merge is made of what its parts are for its request.
 *
 * @param <H> who holds leases
 */
final class AdapterBook<H> {
  /** How long a failure stands before the same files are tried again. */
  static final long RETRY_NANOS = 5_000_000_000L;

  private final Desk<H> desk;
  private final LookUps<H> lookUps = new LookUps<>();
  private final NamedAdapters<H> named;
  private final Merges<H> merges;
  private final Pages<H> pages;
  private final ImageMaking<H> making;
  private final AdapterReports<H> reports;
  private long serial;

  AdapterBook(AdapterSettings settings, AdapterWork<H> work) {
    this.desk = Desk.empty(settings, work);
    this.named = new NamedAdapters<>(desk, new Answers());
    this.merges = new Merges<>(desk, this::lookUp);
    this.pages = new Pages<>(desk);
    this.making = new ImageMaking<>(desk, pages, new Ends());
    this.reports = new AdapterReports<>(desk, named);
  }

  /** A request wants the adapter; it is granted or refused later, or at once. */
  void resolve(H holder, String name, long now) {
    lookUp(new Asker.Itself<>(holder), name, now);
  }

  /** A request wants a merge; it gets one lease or one refusal, later or at once. */
  void resolve(H holder, Recipe<String> recipe, long now) {
    merges.ask(holder, recipe, now);
    desk.dropForgotten();
  }

  private void lookUp(Asker<H> asker, String name, long now) {
    if (desk.loads().hangs(name)) {
      refuse(asker, name, desk.tooSlow());
      return;
    }
    long id = ++serial;
    lookUps.open(new LookUp<>(id, asker, name, now + desk.loads().timeoutNanos()));
    desk.work().lookUp(id, name);
  }

  /** Answer to {@link AdapterWork#lookUp}; empty: there is no such adapter. */
  void lookedUp(long id, Optional<Stamp> stamp, Optional<Failure> failure, long now) {
    LookUp<H> lookUp = lookUps.close(id).orElse(null);
    if (lookUp == null) {
      desk.loads().answered(id);
      return;
    }
    if (failure.isPresent()) {
      refuse(lookUp.asker(), lookUp.name(), failure.get());
    } else if (stamp.isEmpty()) {
      named.forget(lookUp.name());
      refuse(
          lookUp.asker(),
          lookUp.name(),
          new Failure(
              ErrorCode.ADAPTER_NOT_FOUND,
              "there is no adapter of this name. Given: " + lookUp.name(),
              false));
    } else {
      named.serve(lookUp.name(), new Waiter<>(id, lookUp.asker(), stamp.get()), now);
    }
    advance(now);
  }

  private void refuse(Asker<H> asker, String name, Failure failure) {
    switch (asker) {
      case Asker.Itself<H>(H holder) ->
          desk.work().refused(holder, name, failure.code(), failure.message());
      case Asker.ForMerge<H>(var merge) -> merges.refused(merge, name, failure);
    }
  }

  private final class Answers implements NamedAdapters.Answers<H> {
    @Override
    public void granted(Asker<H> asker, Lease lease, long now) {
      switch (asker) {
        case Asker.Itself<H>(H holder) -> desk.work().granted(holder, lease);
        case Asker.ForMerge<H>(var merge) -> merges.granted(merge, lease, now);
      }
    }

    @Override
    public void refused(Asker<H> asker, String name, Failure failure) {
      refuse(asker, name, failure);
    }
  }

  /** A slot wants the image of a generation. */
  void page(GenerationId generation, long epoch, long now) {
    pages.page(generation, epoch, now);
    advance(now);
  }

  /**
   * Answer to {@link AdapterWork#stage}.
   *
   * @return whether the ticket is still good
   */
  boolean staged(GenerationId generation, long epoch, Optional<Failure> failure) {
    boolean good = pages.staged(generation, epoch, failure);
    desk.dropForgotten();
    return good;
  }

  /** The generation has no slot any more. */
  void unpaged(GenerationId generation, long epoch, long now) {
    if (pages.unpaged(generation, epoch)) {
      making.retryCramped(now);
      advance(now);
    }
  }

  /** All slots are empty: there is another executor. */
  void deviceReplaced(long epoch, long now) {
    pages.follow(epoch);
    making.retryCramped(now);
    advance(now);
  }

  void release(H holder, long leaseId) {
    desk.leases().release(holder, leaseId);
    desk.dropForgotten();
  }

  /** The holder is dead: its leases go, and nobody waits for it. */
  void holderGone(H holder) {
    desk.leases().releaseAll(holder);
    desk.loads().dropWaiters(holder);
    lookUps.drop(holder);
    desk.dropForgotten();
  }

  /** Starts loads that have a place and ends what took too long; call at {@link #nextWakeNanos}. */
  void advance(long now) {
    making.expire(now);
    for (LookUp<H> late : lookUps.takeLate(now)) {
      desk.loads().hanging(late.id(), late.name());
      refuse(late.asker(), late.name(), desk.tooSlow());
    }
    desk.loads().takeStartable(now).forEach(load -> making.start(load, ++serial, now));
    desk.dropForgotten();
  }

  /** When {@link #advance} has something to do without another call before. */
  OptionalLong nextWakeNanos() {
    OptionalLong lookUp = lookUps.nextWakeNanos();
    OptionalLong load = desk.loads().nextWakeNanos();
    return lookUp.isPresent() && load.isPresent()
        ? OptionalLong.of(Math.min(lookUp.getAsLong(), load.getAsLong()))
        : lookUp.isPresent() ? lookUp : load;
  }

  /** Answer to {@link AdapterWork#copy}: the files as they were at {@code stamp}. */
  void copied(long id, Stamp stamp, Copy copy, long now) {
    if (desk.loads().answered(id).orElse(null) instanceof AdapterLoad<H> load) {
      making.copied(load, stamp, copy, now);
      advance(now);
    }
  }

  /** Answer to {@link AdapterWork#makeRoom}: all slots are in use. */
  void noRoom(long epoch, long now) {
    if (epoch == pages.epoch()) {
      making.noRoom(now);
      advance(now);
    }
  }

  /** Answer to {@link AdapterWork#read} and {@link AdapterWork#merge}. */
  void read(long id, AdapterImage image, long now) {
    desk.loads()
        .answered(id)
        .ifPresent(load -> {
          making.made(load, image, now);
          advance(now);
        });
  }

  /** A copy, an image or a merge could not be made. */
  void failed(long id, Failure failure, long now) {
    desk.loads()
        .answered(id)
        .ifPresent(load -> {
          making.failed(load, failure, now);
          advance(now);
        });
  }

  private final class Ends implements ImageMaking.Ends<H> {
    @Override
    public boolean copied(AdapterLoad<H> load) {
      return named.move(load);
    }

    @Override
    public void made(ImageLoad<H> load, long now) {
      if (load instanceof AdapterLoad<H> adapter) {
        named.loaded(adapter);
      }
      load.pages.forEach(page -> pages.page(page, pages.epoch(), now));
      switch (load) {
        case AdapterLoad<H> adapter -> named.grantAll(adapter, now);
        case MergeLoad<H> merge -> merges.built(merge);
      }
    }

    @Override
    public void failed(ImageLoad<H> load, Failure failure, long now) {
      load.pages.forEach(page -> pages.failed(page, failure));
      switch (load) {
        case AdapterLoad<H> adapter -> named.failed(adapter, failure, now);
        case MergeLoad<H> merge -> merges.failed(merge, failure, now);
      }
    }

    @Override
    public Failure tooMany() {
      return named.tooMany();
    }
  }

  /** The name was taken away: it stands for nothing, and nobody waits for it any more. */
  void unload(String name, long now) {
    making.giveUp(
        name,
        new Failure(ErrorCode.ADAPTER_NOT_FOUND, "the adapter was unloaded: " + name, false),
        now);
    named.forget(name);
    advance(now);
  }

  /** Requests that run with a lease of this name. */
  int leases(String name) {
    return desk.leases().count(name);
  }

  /** Everything that waits fails: the owner gives up. */
  void failAll(Failure failure) {
    lookUps.takeAll().forEach(lookUp -> refuse(lookUp.asker(), lookUp.name(), failure));
    for (ImageLoad<H> load : desk.loads().all()) {
      desk.loads().remove(load);
      load.pages.forEach(page -> pages.failed(page, failure));
      switch (load) {
        case AdapterLoad<H> adapter ->
            adapter.waiters.forEach(w -> refuse(w.asker(), adapter.name(), failure));
        case MergeLoad<H> merge ->
            merge.waiters.forEach(request -> merges.refused(request, request.label(), failure));
      }
    }
  }

  HostTierState state() {
    return desk.tier().state();
  }

  /** What is known of an adapter, under the name that it is asked for. */
  Engine.AdapterStatus status(String name) {
    return reports.status(name);
  }

  /** Names that stand for a generation now, sorted. */
  List<String> names() {
    return List.copyOf(desk.tier().names());
  }

  /** For metrics: those that have an image or a request. */
  AdapterPresence presence() {
    return reports.presence();
  }
}
