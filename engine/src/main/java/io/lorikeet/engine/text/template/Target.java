package io.lorikeet.engine.text.template;

import java.util.List;

/** What {@code set}, {@code for} and {@code with} store into. */
sealed interface Target extends Node {
  record Name(String name) implements Target {}

  record Tuple(List<Target> targets) implements Target {}

  /** An attribute of a namespace. */
  record Attribute(String object, String name) implements Target {}
}
