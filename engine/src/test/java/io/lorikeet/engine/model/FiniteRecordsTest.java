package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of checked weights, and when it counts. */
final class FiniteRecordsTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  @TempDir Path temporary;
  private FiniteRecords records;

  @BeforeEach
  void begin() {
    records = new FiniteRecords(Optional.of(temporary.resolve("records")), 0);
  }

  private Path copy(String fixture) throws IOException {
    Path folder = Files.createDirectory(temporary.resolve(Path.of(fixture).getFileName()));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(ROOT.resolve("fixtures").resolve(fixture).resolve(name), folder.resolve(name));
    }
    return folder;
  }

  /** As if the files had been left alone for a minute. */
  private static WeightFiles settled(Path folder) {
    return WeightFiles.of(folder, Instant.now().plus(Duration.ofMinutes(1)));
  }

  private List<Path> files() throws IOException {
    Path folder = temporary.resolve("records");
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void modelThatIsNotFiniteIsRefusedAndNotRemembered() throws IOException {
    Path folder = copy("invalid-models/tensor-nan");

    LorikeetException e =
        assertThrows(LorikeetException.class, () -> ModelFolder.load(folder, Set.of(), records));

    assertEquals(ErrorCode.MODEL_TENSOR_NOT_FINITE, e.code());
    assertEquals(List.of(), files());
  }

  // A record for weights that are not finite shows that they are not read.
  @Test
  void weightsThatAreKnownAreNotReadAgain() throws IOException {
    Path folder = copy("invalid-models/tensor-nan");
    records.add(fingerprintOf(folder), settled(folder));

    assertEquals("tensor-nan", ModelFolder.load(folder, Set.of(), records).name());
    assertThrows(LorikeetException.class, () -> ModelFolder.load(folder));
  }

  // That of the same folder with zeros for weights: values do not count.
  private String fingerprintOf(Path folder) throws IOException {
    Path zeros = Files.createDirectory(temporary.resolve("zeros"));
    Files.copy(folder.resolve("config.json"), zeros.resolve("config.json"));
    byte[] bytes = Files.readAllBytes(folder.resolve("model.safetensors"));
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    Arrays.fill(bytes, Math.toIntExact(Long.BYTES + header), bytes.length, (byte) 0);
    Files.write(zeros.resolve("model.safetensors"), bytes);
    return ModelFolder.load(zeros).fingerprint();
  }

  @Test
  void changedFilesAreReadAgain() throws IOException {
    Path folder = copy("models/llama");
    String fingerprint = ModelFolder.load(folder).fingerprint();
    WeightFiles before = settled(folder);
    records.add(fingerprint, before);
    assertTrue(records.hold(fingerprint, before));
    Path weights = folder.resolve("model.safetensors");
    FileTime modified = Files.getLastModifiedTime(weights);

    Files.write(weights, Files.readAllBytes(weights)); // the same bytes, at another time
    Files.setLastModifiedTime(weights, modified);

    assertFalse(records.hold(fingerprint, before));
    assertFalse(records.hold(fingerprint, settled(folder)));
  }

  @Test
  void filesThatMayStillChangeAreNotRemembered() throws IOException {
    Path folder = copy("models/llama");

    records.add("f", WeightFiles.of(folder, Instant.now()));
    assertEquals(List.of(), files());

    WeightFiles stamped = settled(folder);
    Files.writeString(folder.resolve("model.safetensors"), "x");
    records.add("f", stamped);
    assertEquals(List.of(), files());
  }

  @Test
  void smallModelsAndNoFolderRememberNothing() throws IOException {
    Path folder = copy("models/llama");
    WeightFiles files = settled(folder);

    new FiniteRecords(records.folder(), files.bytes() + 1).add("f", files);
    FiniteRecords.NONE.add("f", files);
    records.add("f", WeightFiles.NONE);
    assertEquals(List.of(), files());
    assertFalse(FiniteRecords.NONE.hold("f", files));

    new FiniteRecords(records.folder(), files.bytes()).add("f", files);
    assertEquals(1, files().size());
  }

  @Test
  void oldestRecordsGoFirst() throws IOException {
    WeightFiles files = settled(copy("models/llama"));
    records.add("first", files);
    Files.setLastModifiedTime(files().getFirst(), FileTime.fromMillis(1_000));
    for (int i = 1; i <= FiniteRecords.RECORDS_MAX; i++) {
      records.add("f" + i, files);
    }

    assertEquals(FiniteRecords.RECORDS_MAX, files().size());
    assertFalse(records.hold("first", files));
    assertTrue(records.hold("f1", files));
  }
}
