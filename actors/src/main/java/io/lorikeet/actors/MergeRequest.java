package io.lorikeet.actors;

import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One request for a merge, until it is answered. Bookkeeping of {@link Merges}. */
final class MergeRequest<H> {
  final H holder;
  final Recipe<String> recipe;
  // How often the files of its parts were looked up.
  final int tries;
  // On its parts, by their names; given back when it is answered.
  final Map<String, Lease> parts = new LinkedHashMap<>();
  // On the merge, while that is being built.
  Optional<Lease> merged = Optional.empty();
  boolean answered;

  MergeRequest(H holder, Recipe<String> recipe, int tries) {
    this.holder = holder;
    this.recipe = recipe;
    this.tries = tries;
  }

  /** Under which name its lease is granted, or refused. */
  String label() {
    return String.join(",", recipe.adapters());
  }
}
