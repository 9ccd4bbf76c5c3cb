package io.lorikeet.engine.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Files named by other files stay inside their folder. A symbolic link may lead to another place of
 * the same repository, as in a Hugging Face cache where {@code models--x/snapshots/rev/file} points
 * to {@code models--x/blobs/hash}, and nowhere else.
 */
public final class ConfinedPath {
  private ConfinedPath() {}

  /**
   * Finds a file by its name.
   *
   * @param name a plain file name
   * @return the path inside {@code folder}, which may not exist
   */
  public static Path resolve(Path folder, String name, FileFamily family) {
    if (name.isEmpty()
        || name.contains("/")
        || name.contains("\\")
        || name.contains("\0")
        || name.equals("..")
        || name.equals(".")) {
      throw family.pathForbidden(
          "a file must be named by a plain name in its own folder. Given: `" + name + "`");
    }
    Path path;
    try {
      path = folder.resolve(name);
    } catch (InvalidPathException e) {
      throw family.pathForbidden(
          "a file must have a name that files can have. Given: `" + name + "`");
    }
    if (!Files.isSymbolicLink(path)) {
      return path;
    }
    try {
      Path target = path.toRealPath();
      if (target.startsWith(repository(folder.toRealPath()))) {
        return path;
      }
    } catch (IOException e) {
      throw family.missing("`" + name + "` is a link that leads nowhere");
    }
    throw family.pathForbidden("`" + name + "` is a link that leaves its folder");
  }

  /** The cache's repository folder for a snapshot, else the folder itself. */
  private static Path repository(Path folder) {
    Path parent = folder.getParent();
    if (parent == null || !parent.endsWith("snapshots")) {
      return folder;
    }
    Path repository = parent.getParent();
    return repository != null && Files.isDirectory(repository.resolve("blobs"))
        ? repository
        : folder;
  }
}
