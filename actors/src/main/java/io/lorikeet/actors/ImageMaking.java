package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.actors.ImageLoad.Stage;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Room;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;

/**
 * The way of loads: copy, reserve, make the image, fill; whatever goes wrong, a reservation is
 * given back and the load has one end. Part of {@link AdapterBook}.
 */
final class ImageMaking<H> {
  /** What loads come to. */
  interface Ends<H> {
    /** The files were copied. False: the name can't stand for them. */
    boolean copied(AdapterLoad<H> load);

    /** The image is on the host; the load is no longer listed. */
    void made(ImageLoad<H> load, long now);

    /** There is no image; the load is no longer listed. */
    void failed(ImageLoad<H> load, Failure failure, long now);

    /** Why a name can't stand for an adapter. */
    Failure tooMany();
  }

  private final Desk<H> desk;
  private final Pages<H> pages;
  private final Ends<H> ends;

  ImageMaking(Desk<H> desk, Pages<H> pages, Ends<H> ends) {
    this.desk = desk;
    this.pages = pages;
    this.ends = ends;
  }

  /** Ends loads that took too long. */
  void expire(long now) {
    for (ImageLoad<H> load : desk.loads().takeExpired(now)) {
      if (load.stage == Stage.READING) {
        desk.tier().abandon(load.generation());
      }
      end(load, desk.tooSlow(), now);
      load.target().ifPresent(generation -> rejoin(generation, now));
      retryCramped(now);
    }
  }

  /** Ends the load of a name, if there is one, wherever it is. */
  void giveUp(String name, Failure failure, long now) {
    desk.loads()
        .take(name)
        .ifPresent(load -> {
          if (load.stage == Stage.READING) {
            desk.tier().abandon(load.generation());
          }
          end(load, failure, now);
          load.target().ifPresent(generation -> rejoin(generation, now));
          retryCramped(now);
        });
  }

  /**
   * Starts a load.
   *
   * @param order of the start among arrivals
   */
  void start(ImageLoad<H> load, long order, long now) {
    switch (load) {
      case AdapterLoad<H> adapter -> {
        adapter.started = order;
        desk.work().copy(adapter.id, adapter.name());
      }
      case MergeLoad<H> merge -> make(merge, now);
    }
  }

  void copied(AdapterLoad<H> load, Stamp stamp, Copy copy, long now) {
    load.stamp = Optional.of(stamp);
    load.copy = Optional.of(copy);
    load.imageBytes = Math.max(1, copy.bytes());
    pages.failOthers(load);
    if (!load.wanted()) {
      desk.loads().remove(load);
    } else if (load.waiters.isEmpty() || ends.copied(load)) {
      make(load, now);
    } else {
      end(load, ends.tooMany(), now);
    }
  }

  private void make(ImageLoad<H> load, long now) {
    if (desk.tier().residency(load.generation()).isEmpty()) {
      end(load, new Failure(ErrorCode.ADAPTER_GENERATION_MISMATCH, "nobody holds it", false), now);
      return;
    }
    switch (desk.tier().reserve(load.generation(), load.imageBytes)) {
      case Room.Granted _ -> {
        load.stage = Stage.READING;
        switch (load) {
          case AdapterLoad<H> adapter -> desk.work().read(load.id, adapter.copy.orElseThrow());
          case MergeLoad<H> merge -> desk.work().merge(load.id, merge.order, mergeBytesMax());
        }
      }
      case Room.Present _ -> succeed(load, now);
      case Room.Loading _ -> load.stage = Stage.JOINED;
      case Room.Full full -> waitForRoom(load, full, now);
    }
  }

  private long mergeBytesMax() {
    return Math.min(desk.settings().fileBytesMax(), desk.settings().hostBytes());
  }

  // Slots keep images on the host: one that nobody uses may have to give its slot up.
  private void waitForRoom(ImageLoad<H> load, Room.Full full, long now) {
    if (full.needed() > desk.settings().hostBytes()) {
      end(load, full(ErrorCode.ADAPTER_TOO_LARGE, full.needed()), now);
    } else {
      load.stage = Stage.CRAMPED;
      load.imageBytes = full.needed();
      desk.work().makeRoom(pages.epoch());
    }
  }

  /** There may be room now. */
  void retryCramped(long now) {
    desk.loads().at(Stage.CRAMPED).forEach(load -> make(load, now));
  }

  /** There is no room to wait for, unless another load gives some back. */
  void noRoom(long now) {
    if (desk.loads().at(Stage.READING).isEmpty()) {
      for (ImageLoad<H> load : desk.loads().at(Stage.CRAMPED)) {
        end(load, full(ErrorCode.ADAPTER_LOAD_BUSY, load.imageBytes), now);
      }
    }
  }

  void made(ImageLoad<H> load, AdapterImage image, long now) {
    switch (desk.tier().fill(image, now)) {
      case Room.Full full -> waitForRoom(load, full, now);
      case Room.Granted _, Room.Present _, Room.Loading _ -> succeed(load, now);
    }
    rejoin(image.generation(), now);
    retryCramped(now);
  }

  /** A copy or an image could not be made. */
  void failed(ImageLoad<H> load, Failure failure, long now) {
    // What was copied can be read again and again; a merge reads files.
    boolean mayHelp = load.stage == Stage.COPYING || load instanceof MergeLoad<H>;
    boolean reading = load.stage == Stage.READING;
    if (reading) {
      desk.tier().abandon(load.generation());
    }
    if (!(mayHelp && failure.transientIo() && desk.loads().again(load, now))) {
      end(load, failure, now);
    }
    if (reading) {
      rejoin(load.generation(), now);
      retryCramped(now);
    }
  }

  private void rejoin(GenerationId generation, long now) {
    desk.loads().joined(generation).forEach(load -> make(load, now));
  }

  private void succeed(ImageLoad<H> load, long now) {
    desk.loads().remove(load);
    ends.made(load, now);
  }

  private void end(ImageLoad<H> load, Failure failure, long now) {
    desk.loads().remove(load);
    ends.failed(load, failure, now);
  }

  private Failure full(ErrorCode code, long bytes) {
    return new Failure(
        code,
        "the image must fit beside those in use into the %d bytes of `adapters.host-bytes`. Given: %d"
            .formatted(desk.settings().hostBytes(), bytes),
        false);
  }
}
