package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.model.Projection;
import java.util.Locale;

/**
 * A module of the base. Its two numbers are part of what a random merge draws: they must never
 * change.
 *
 * @param layer -1 outside of the decoder layers
 * @param module name of the projection, EMBEDDING, POSITIONS or HEAD
 */
record Place(int layer, String module) {
  static final Place EMBEDDING = new Place(-1, "EMBEDDING");
  static final Place POSITIONS = new Place(-1, "POSITIONS");
  static final Place HEAD = new Place(-1, "HEAD");

  static Place of(int layer, Projection projection) {
    return new Place(layer, projection.name());
  }

  /** Distinct for all modules of a layer; what {@link String#hashCode} is never changes. */
  int moduleNumber() {
    return module.hashCode();
  }

  /** For messages. */
  String text() {
    String name = module.toLowerCase(Locale.ROOT);
    return layer < 0 ? name : name + " of layer " + layer;
  }
}
