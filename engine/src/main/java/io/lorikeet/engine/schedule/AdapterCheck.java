package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What the images of a sequence's adapters say against running it. */
final class AdapterCheck {
  private AdapterCheck() {}

  /** Why its adapters can't run together, as far as their images are there. */
  static Optional<EndReason> refuse(Sequence sequence, SlotTable slots) {
    Composition composition = sequence.composition();
    if (composition.isBase() || composition.isPlain()) {
      return Optional.empty();
    }
    List<Composition.Part> parts = composition.parts();
    long bytes = 0;
    for (int i = 0; i < parts.size(); i++) {
      Slot slot = slots.find(parts.get(i).adapter());
      if (slot != null && slot.known()) {
        if (!slot.composes) {
          return Optional.of(notComposable(slot.generation, slot.invocation));
        }
        bytes += slot.bytes;
      }
    }
    return bytes > slots.adapterBytes()
        ? Optional.of(tooLarge("the adapters of the sum have", bytes, slots.adapterBytes()))
        : Optional.empty();
  }

  /** Why an image that is there now can't be in a weighted sum. */
  static EndReason notComposable(AdapterImage image) {
    return notComposable(image.generation(), image.invocation());
  }

  private static EndReason notComposable(GenerationId adapter, Invocation invocation) {
    String why =
        invocation.isAlways()
            ? "it scales or replaces what the base model computes"
            : "it acts only from the tokens on that invoke it";
    return new EndReason.Rejected(
        ErrorCode.ADAPTER_NOT_COMPOSABLE,
        "adapter %s must be alone and have weight 1: %s".formatted(adapter.hash(), why));
  }

  static EndReason tooLarge(String what, long bytes, long bytesMax) {
    return new EndReason.Failed(
        ErrorCode.ADAPTER_TOO_LARGE,
        "%s %d bytes, the device has %d for adapters".formatted(what, bytes, bytesMax));
  }

  /**
   * Finds out from where on the adapters of a sequence act; they are resident.
   *
   * @return why it can't run: its prompt does not wake its adapter
   */
  static Optional<EndReason> wake(Sequence sequence, SlotTable slots) {
    for (Composition.Part part : sequence.composition().parts()) {
      Invocation invocation = slots.invocation(part.adapter());
      OptionalInt from = invocation.activeFrom(sequence.request.promptIds());
      if (from.isEmpty()) {
        return Optional.of(notWoken(invocation));
      }
      sequence.adaptedFrom = from.getAsInt(); // 0 for every part of a sum
    }
    return Optional.empty();
  }

  private static EndReason notWoken(Invocation invocation) {
    return new EndReason.Rejected(
        ErrorCode.ALORA_INVOCATION_MISSING,
        "the prompt must contain the tokens that the adapter is invoked by: %s. Given: a prompt without them"
            .formatted(Arrays.toString(invocation.tokens())));
  }
}
