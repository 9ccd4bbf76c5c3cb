package io.lorikeet.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderKindTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "config.json, MODEL",
    "adapter_config.json, ADAPTER",
    "model.safetensors, MODEL",
    "model.safetensors.index.json, MODEL",
    "adapter_model.safetensors, ADAPTER",
    "some-adapter/adapter_config.json, ADAPTERS",
    "owner/some-adapter/adapter_config.json, ADAPTERS",
  })
  void oneFileTells(String file, FolderKind kind) throws IOException {
    write(file);

    assertEquals(kind, FolderKind.of(folder));
  }

  @Test
  void anAdapterThatKeepsTheModelsConfigIsAnAdapter() throws IOException {
    write("config.json");
    write("adapter_config.json");

    assertEquals(FolderKind.ADAPTER, FolderKind.of(folder));
  }

  @Test
  void aModelWithItsAdaptersIsAModel() throws IOException {
    write("config.json");
    write("adapters/a/adapter_config.json");

    assertEquals(FolderKind.MODEL, FolderKind.of(folder));
  }

  @Test
  void anythingElseIsRefusedWithWhatIsMissing() throws IOException {
    write("notes.txt");
    write("a/b/too-deep/adapter_config.json");
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> FolderKind.of(folder));

    assertTrue(String.valueOf(refusal.getMessage()).contains("adapter_config.json"));
  }

  private void write(String file) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, "{}");
  }
}
