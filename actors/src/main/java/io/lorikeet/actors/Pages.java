package io.lorikeet.actors;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Images that device slots want and have. Part of {@link AdapterBook}. */
final class Pages<H> {
  private final Desk<H> desk;
  private final SlotImages slots;

  Pages(Desk<H> desk) {
    this.desk = desk;
    this.slots = new SlotImages(desk.tier());
  }

  long epoch() {
    return slots.epoch();
  }

  /** A slot wants the image of a generation; the load that brings it back calls this again. */
  void page(GenerationId generation, long epoch, long now) {
    if (!slots.follow(epoch)) {
      return;
    }
    Optional<AdapterImage> image = desk.tier().image(generation, now);
    if (image.isPresent()) {
      slots.pin(generation, now);
      desk.work().stage(generation, slots.epoch(), image.get());
    } else if (desk.tier().residency(generation).isEmpty()) {
      failed(generation, nobodyHolds());
    } else {
      Optional<MergeOrder> merge = desk.origins().merge(generation);
      if (merge.isPresent()) {
        await(MergeLoad.key(merge.get()), generation, () -> desk.loads().of(merge.get(), now));
      } else {
        origin(generation)
            .ifPresentOrElse(
                name -> await(name, generation, () -> desk.loads().of(name, now)),
                () -> failed(generation, nobodyHolds()));
      }
    }
  }

  private void await(String key, GenerationId generation, Supplier<ImageLoad<H>> load) {
    if (desk.loads().hangs(key)) {
      failed(generation, desk.tooSlow());
    } else {
      load.get().pages.add(generation);
    }
  }

  private static Failure nobodyHolds() {
    return new Failure(
        ErrorCode.ADAPTER_GENERATION_MISMATCH, "nobody holds this generation any more", false);
  }

  // Best a name that still stands for the generation: its files are most likely unchanged.
  private Optional<String> origin(GenerationId generation) {
    Set<String> names = desk.origins().names(generation);
    return names.stream()
        .filter(name -> desk.tier().current(name).equals(Optional.of(generation)))
        .findFirst()
        .or(() -> names.stream().findFirst());
  }

  void failed(GenerationId generation, Failure failure) {
    desk.work().pageFailed(generation, slots.epoch(), failure.code(), failure.message());
  }

  /** A slot must have the very generation that its sequences began with. */
  void failOthers(AdapterLoad<H> load) {
    for (GenerationId wanted : List.copyOf(load.pages)) {
      if (!wanted.equals(load.generation())) {
        load.pages.remove(wanted);
        failed(
            wanted,
            new Failure(
                ErrorCode.ADAPTER_GENERATION_MISMATCH,
                "the files of `" + load.name() + "` have changed since the request began",
                false));
      }
    }
  }

  /**
   * The image is on the device, or could not be brought there.
   *
   * @return whether the ticket is still good
   */
  boolean staged(GenerationId generation, long epoch, Optional<Failure> failure) {
    if (epoch != slots.epoch()) {
      return false;
    }
    failure.ifPresent(f -> {
      slots.unpin(generation);
      failed(generation, f);
    });
    return failure.isEmpty();
  }

  /**
   * The generation has no slot any more.
   *
   * @return whether it was one of this epoch
   */
  boolean unpaged(GenerationId generation, long epoch) {
    if (epoch != slots.epoch()) {
      return false;
    }
    slots.unpin(generation);
    return true;
  }

  /** All slots of earlier epochs are empty. */
  void follow(long epoch) {
    slots.follow(epoch);
  }
}
