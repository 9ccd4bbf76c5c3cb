package io.lorikeet.actors;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.PlainLora;
import java.util.List;
import java.util.Optional;

/**
 * Where adapters come from. All methods block and are called from several threads at once; what is
 * wrong with an adapter is a {@link io.lorikeet.engine.error.LorikeetException} ADAPTER_*, what is
 * wrong with the disk an {@link java.io.IOException} as its cause or an {@link
 * java.io.UncheckedIOException}.
 */
interface AdapterSource {
  /** Names that can be asked for now, sorted. */
  List<String> names();

  /** Marks of the adapter's files; empty: there is no such adapter. */
  Optional<Stamp> stamp(String name);

  /** Copies the adapter's files to a private place and hashes the copy. */
  Copy copy(String name);

  /** Changes when the files of an adapter do: paths, sizes and times. */
  record Stamp(String value) {}

  /** A private copy: its bytes can no longer change. */
  interface Copy {
    GenerationId generation();

    /** Of the files. */
    long bytes();

    /** The canonical form, with all checks. */
    AdapterImage read();

    /**
     * The factors, for merging; views of the copy.
     *
     * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_MERGE_UNSUPPORTED where it is more
     *     than LoRA updates
     */
    PlainLora plain();
  }
}
