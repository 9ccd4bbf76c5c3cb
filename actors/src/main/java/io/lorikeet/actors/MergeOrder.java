package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.Merge;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that it takes to build a merge, now or when its image is wanted again.
 *
 * @param names where each of its parts can be read
 */
record MergeOrder(Derivation derivation, Map<GenerationId, String> names) {
  MergeOrder {
    names = Map.copyOf(names);
  }

  GenerationId generation() {
    return derivation.generation();
  }

  /**
   * Reads the parts and merges them. Blocks on the disk and takes long.
   *
   * @param bytesMax limit of the image
   * @throws LorikeetException ADAPTER_GENERATION_MISMATCH where the files of a part are others now,
   *     ADAPTER_MERGE_UNSUPPORTED and what {@link Merge#of} says
   */
  AdapterImage build(AdapterSource source, long bytesMax) {
    List<PlainLora> parts = new ArrayList<>();
    for (GenerationId wanted : derivation.recipe().adapters()) {
      String name = names.getOrDefault(wanted, "");
      Copy copy = source.copy(name);
      if (!copy.generation().equals(wanted)) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_GENERATION_MISMATCH,
            "the files of `" + name + "` have changed since the merge was asked for");
      }
      parts.add(copy.plain());
    }
    return Merge.of(derivation, parts, bytesMax);
  }
}
