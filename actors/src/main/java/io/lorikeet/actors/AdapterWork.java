package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.error.ErrorCode;

/**
 * What an {@link AdapterBook} wants done. Called from within any of its methods; implementations
 * start the work and must not call the book back from there.
 */
interface AdapterWork<H> {
  /** Look for the adapter's files; answer with {@link AdapterBook#lookedUp}. */
  void lookUp(long lookup, String name);

  /** Copy the adapter's files; answer with {@link AdapterBook#copied}. */
  void copy(long load, String name);

  /** Make the image; answer with {@link AdapterBook#read}. */
  void read(long load, Copy copy);

  /** Build the merge; answer with {@link AdapterBook#read}. */
  void merge(long load, MergeOrder order, long bytesMax);

  /** Bring the image to the device; answer with {@link AdapterBook#staged}. */
  void stage(GenerationId generation, long epoch, AdapterImage image);

  /**
   * Take an image off the device that nobody uses; answer with {@link AdapterBook#unpaged} or
   * {@link AdapterBook#noRoom}.
   */
  void makeRoom(long epoch);

  void granted(H holder, Lease lease);

  /** The holder gets no lease on the adapter of this name. */
  void refused(H holder, String name, ErrorCode code, String message);

  void pageFailed(GenerationId generation, long epoch, ErrorCode code, String message);
}
