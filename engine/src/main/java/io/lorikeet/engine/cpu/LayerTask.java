package io.lorikeet.engine.cpu;

/** A part of a decoder layer, for all rows of the step in flight. */
interface LayerTask {
  void run(int layer);
}
