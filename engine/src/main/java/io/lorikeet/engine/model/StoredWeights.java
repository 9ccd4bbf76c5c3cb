package io.lorikeet.engine.model;

import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.TensorFolder;
import io.lorikeet.engine.format.TensorView;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How many parameters a model folder holds, and in which types. Counts what the model uses: a copy
 * of a tied matrix and buffers that follow from the config do not count.
 *
 * @param parameters elements of all tensors of the model
 * @param bytes that they take in the files
 * @param parametersByType parameters by type as the files spell it, such as {@code BF16}
 */
public record StoredWeights(long parameters, long bytes, Map<String, Long> parametersByType) {
  private static final FileFamily FAMILY = FileFamily.MODEL;

  public StoredWeights {
    parametersByType = Collections.unmodifiableMap(new TreeMap<>(parametersByType));
  }

  /**
   * Reads the headers of a folder that {@link ModelFolder#load(Path, Set)} has accepted.
   *
   * @param acceptFields as there
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_*, where the folder has changed since
   */
  public static StoredWeights read(Path folder, Set<String> acceptFields) {
    Path absolute = folder.toAbsolutePath().normalize();
    ModelReader.Architecture architecture = ModelFolder.architecture(absolute, acceptFields);
    try (Arena arena = Arena.ofConfined()) {
      return of(
          TensorShapes.of(architecture.spec(), architecture.names()),
          WeightsReader.withoutPrefix(
              TensorFolder.open(absolute, FAMILY, FileLimits.DEFAULT, arena),
              architecture.names().optionalPrefix()));
    }
  }

  /**
   * Counts.
   *
   * @param shapes the tensors that the model asks for
   * @param stored the tensors of the files, by name
   */
  static StoredWeights of(Map<String, List<Integer>> shapes, Map<String, TensorView> stored) {
    long parameters = 0;
    long bytes = 0;
    Map<String, Long> byType = new TreeMap<>();
    for (Map.Entry<String, List<Integer>> tensor : shapes.entrySet()) {
      TensorView view = stored.get(tensor.getKey());
      if (view == null) {
        throw FAMILY.tensorMissing("`" + tensor.getKey() + "` is not in the weights");
      }
      long elements =
          tensor.getValue().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
      parameters += elements;
      bytes += view.data().byteSize();
      byType.merge(view.storage(), elements, Long::sum);
    }
    return new StoredWeights(parameters, bytes, byType);
  }
}
