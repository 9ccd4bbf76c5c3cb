package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import java.nio.file.Path;
import java.util.Optional;

/** Reads an adapter from any folder; blocks and fails as {@link AdapterSource} does. */
interface FolderReader {
  /** Marks of the folder's files; empty: there is no such folder. */
  Optional<Stamp> stamp(Path folder);

  /** Copies the folder's files to a private place and hashes the copy. */
  Copy copy(String name, Path folder);
}
