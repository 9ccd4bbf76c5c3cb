package io.lorikeet.gpu.forward;

/** Queues a part of a layer for all rows of the step. */
interface LayerTask {
  void run(int layer);
}
