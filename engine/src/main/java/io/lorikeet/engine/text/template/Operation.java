package io.lorikeet.engine.text.template;

/** A filter, test, method or function. The value that it works on is its first argument. */
@FunctionalInterface
interface Operation {
  Value apply(Arguments arguments, Render render);
}
