package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdapterFolderTest {
  @TempDir Path temp;

  @Test
  void filesThatChangeLaterDoNotChangeTheImage() throws IOException {
    Path folder = new TestAdapter().write(temp.resolve("a"));
    AdapterArtifact artifact = AdapterFolder.copy(folder, AdapterLimits.DEFAULT);
    AdapterImage before = read(artifact);
    byte[] bytesBefore = bytes(before);

    Path weights = folder.resolve("adapter_model.safetensors");
    Files.write(weights, new byte[(int) Files.size(weights)]);
    Files.write(weights, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
    Files.writeString(folder.resolve("adapter_config.json"), "{}");

    assertEquals(List.of(), difference(bytesBefore, bytes(before)));
    assertEquals(List.of(), difference(bytesBefore, bytes(read(artifact))));
  }

  @Test
  void sameFilesAreTheSameGenerationWhereverTheyLie() throws IOException {
    Path first = new TestAdapter().write(temp.resolve("a"));
    Path second = new TestAdapter().write(temp.resolve("b"));
    Files.writeString(second.resolve("README.md"), "ignored");
    assertEquals(generation(first), generation(second));
    assertEquals(64, generation(first).length());
  }

  @Test
  void anyByteOfEitherFileMakesAnotherGeneration() throws IOException {
    String original = generation(new TestAdapter().write(temp.resolve("a")));
    assertNotEquals(
        original, generation(new TestAdapter().set("revision", "\"1\"").write(temp.resolve("b"))));
    Path other = new TestAdapter().write(temp.resolve("c"));
    Path weights = other.resolve("adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertNotEquals(original, generation(other));
  }

  @Test
  void bytesThatMoveFromOneFileToTheOtherMakeAnotherGeneration() throws IOException {
    assertNotEquals(generation(raw("a", "{} ", "xy")), generation(raw("b", "{}", " xy")));
  }

  @Test
  void weightsPassUpToTheirLimit() throws IOException {
    Path folder = new TestAdapter().write(temp.resolve("a"));
    long bytes = Files.size(folder.resolve("adapter_model.safetensors"));
    assertEquals(bytes, AdapterFolder.copy(folder, weightLimit(bytes)).weights().byteSize());
    assertRefused(ErrorCode.ADAPTER_TOO_LARGE, folder, weightLimit(bytes - 1));
  }

  @Test
  void configPassesUpToItsLimit() throws IOException {
    Path folder = new TestAdapter().write(temp.resolve("a"));
    long bytes = Files.size(folder.resolve("adapter_config.json"));
    assertEquals(bytes, AdapterFolder.copy(folder, configLimit(bytes)).config().byteSize());
    assertRefused(ErrorCode.ADAPTER_CONFIG_INVALID, folder, configLimit(bytes - 1));
  }

  @Test
  void folderThatIsNotThereHasNoConfig() {
    assertRefused(ErrorCode.ADAPTER_CONFIG_MISSING, temp.resolve("nowhere"), AdapterLimits.DEFAULT);
  }

  @Test
  void directoryInPlaceOfAFileIsMissing() throws IOException {
    Files.createDirectories(temp.resolve("a/adapter_config.json"));
    assertRefused(ErrorCode.ADAPTER_CONFIG_MISSING, temp.resolve("a"), AdapterLimits.DEFAULT);
    Path folder = raw("b", "{}", "");
    Files.delete(folder.resolve("adapter_model.safetensors"));
    Files.createDirectories(folder.resolve("adapter_model.safetensors"));
    assertRefused(ErrorCode.ADAPTER_WEIGHTS_MISSING, folder, AdapterLimits.DEFAULT);
  }

  @Test
  void embeddingsOfAddedTokensAreRefused() throws IOException {
    Path folder = new TestAdapter().write(temp.resolve("a"));
    Files.write(folder.resolve("new_embeddings.safetensors"), new byte[10]);
    assertRefused(ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED, folder, AdapterLimits.DEFAULT);
  }

  @Test
  void linkWithinTheRepositoryOfACacheIsFollowed() throws IOException {
    Path blobs = Files.createDirectories(temp.resolve("models--a/blobs"));
    Path snapshot = Files.createDirectories(temp.resolve("models--a/snapshots/1"));
    Path original = new TestAdapter().write(temp.resolve("a"));
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(original.resolve(name), blobs.resolve(name));
      Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", name));
    }
    assertEquals(generation(original), generation(snapshot));
  }

  @Test
  void linkedConfigThatLeavesTheFolderIsForbidden() throws IOException {
    Path folder = new TestAdapter().write(temp.resolve("a"));
    Path outside = Files.writeString(temp.resolve("outside.json"), "{}");
    Files.delete(folder.resolve("adapter_config.json"));
    Files.createSymbolicLink(folder.resolve("adapter_config.json"), outside);
    assertRefused(ErrorCode.ADAPTER_PATH_FORBIDDEN, folder, AdapterLimits.DEFAULT);
  }

  @Test
  void imageCountsItsOwnBytesOnly() throws IOException {
    AdapterArtifact artifact =
        AdapterFolder.copy(
            new TestAdapter()
                .pair(TestAdapter.Q0, "BF16", 2, 64, 64, new Random(1))
                .write(temp.resolve("a")),
            AdapterLimits.DEFAULT);
    assertEquals(2 * 2 * 64 * 2, read(artifact).bytes());
    assertTrue(artifact.bytes() > read(artifact).bytes());
  }

  private Path raw(String name, String config, String weights) throws IOException {
    Path folder = Files.createDirectories(temp.resolve(name));
    Files.writeString(folder.resolve("adapter_config.json"), config);
    Files.writeString(folder.resolve("adapter_model.safetensors"), weights);
    return folder;
  }

  private static AdapterLimits weightLimit(long bytes) {
    return new AdapterLimits(bytes, FileLimits.DEFAULT, 10, 10);
  }

  private static AdapterLimits configLimit(long bytes) {
    return new AdapterLimits(1 << 20, new FileLimits(1 << 20, 10, bytes, 10), 10, 10);
  }

  private static AdapterImage read(AdapterArtifact artifact) {
    return AdapterFolder.read(artifact, TestAdapter.LLAMA, warning -> {});
  }

  private static String generation(Path folder) {
    return AdapterFolder.copy(folder, AdapterLimits.DEFAULT).generation().hash();
  }

  private static void assertRefused(ErrorCode code, Path folder, AdapterLimits limits) {
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> AdapterFolder.copy(folder, limits));
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  private static byte[] bytes(AdapterImage image) {
    Matrix b = image.delta(0, Projection.Q).lowRank().orElseThrow().b();
    return b.data().toArray(ValueLayout.JAVA_BYTE);
  }

  private static List<Integer> difference(byte[] expected, byte[] actual) {
    int at = Arrays.mismatch(expected, actual);
    return at < 0 ? List.of() : List.of(at);
  }
}
