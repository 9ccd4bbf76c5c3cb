package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.text.TextModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {
  private static final Path DEMO = Path.of(System.getProperty("lorikeet.root"), "models/demo");
  private static final LoadedModel MODEL = ModelFolder.load(DEMO);

  @TempDir Path root;

  @Test
  void findsSubFoldersAndOwnersSubFolders() throws IOException {
    adapter("pirate", "pirate");
    adapter("brief", "somebody/brief");
    Files.createDirectories(root.resolve("no-adapter"));

    assertEquals(List.of("pirate", "somebody/brief"), source().names());
    assertTrue(source().stamp("somebody/brief").isPresent());
  }

  @Test
  void readsAnAdapterFromItsCopy() throws IOException {
    Path folder = adapter("pirate", "pirate");
    AdapterSource.Copy copy = source().copy("pirate");
    Files.write(folder.resolve("adapter_model.safetensors"), new byte[] {1, 2, 3});

    assertEquals(copy.generation(), copy.read().generation());
    assertTrue(copy.read().bytes() > 0);
  }

  @Test
  void aFolderThatComesLaterIsFoundAndItsStampChangesWithItsFiles() throws IOException {
    FolderSource source = source();
    assertEquals(Optional.empty(), source.stamp("pirate"));

    Path folder = adapter("pirate", "pirate");
    AdapterSource.Stamp first = source.stamp("pirate").orElseThrow();
    assertEquals(first, source.stamp("pirate").orElseThrow());

    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    assertNotEquals(first, source.stamp("pirate").orElseThrow());
  }

  @Test
  void anAdapterOfAnotherTokenizerIsRefusedUntilItsFilesAreTheBases() throws IOException {
    Path folder = adapter("pirate", "pirate");
    try (TextModel text = TextModel.load(DEMO).orElseThrow()) {
      FolderSource source = source(Optional.of(text));
      AdapterSource.Stamp without = source.stamp("pirate").orElseThrow();
      source.copy("pirate");

      Files.writeString(folder.resolve("added_tokens.json"), "{\"<pad>\": 2048}");
      AdapterSource.Stamp with = source.stamp("pirate").orElseThrow();
      assertNotEquals(without, with);
      assertEquals(
          ErrorCode.ADAPTER_TOKENIZER_MISMATCH,
          assertThrows(LorikeetException.class, () -> source.copy("pirate")).code());
      source(Optional.empty()).copy("pirate");

      Files.copy(DEMO.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
      Files.delete(folder.resolve("added_tokens.json"));
      assertNotEquals(with, source.stamp("pirate").orElseThrow());
      assertTrue(source.copy("pirate").read().bytes() > 0);
    }
  }

  @Test
  void aCopyHasTheFactorsOfItsImage() throws IOException {
    adapter("pirate", "pirate");
    AdapterSource.Copy copy = source(Optional.empty()).copy("pirate");

    PlainLora plain = copy.plain();

    assertEquals("pirate", plain.name());
    assertEquals(copy.generation(), plain.generation());
    for (int layer = 0; layer < plain.layers().size(); layer++) {
      assertEquals(copy.read().layers().get(layer).keySet(), plain.layers().get(layer).keySet());
    }
  }

  @Test
  void anEntryStandsBeforeTheRoots() throws IOException {
    adapter("pirate", "voice");
    Path other = DEMO.resolve("adapters/brief");
    FolderSource source =
        new FolderSource(
            List.of(root),
            Map.of("voice", other),
            SettingsReader.defaults().adapters(),
            MODEL,
            Optional.empty());

    FolderSource brief =
        new FolderSource(
            List.of(DEMO.resolve("adapters")),
            Map.of(),
            SettingsReader.defaults().adapters(),
            MODEL,
            Optional.empty());
    assertEquals(brief.copy("brief").generation(), source.copy("voice").generation());
  }

  @Test
  void namesAreNeverPaths() {
    for (String name : List.of("../demo", "/etc", "a/../b", "", "a:b")) {
      refused(ErrorCode.ADAPTER_NAME_INVALID, name);
    }
  }

  @Test
  void aLinkOutOfTheRootIsForbidden(@TempDir Path elsewhere) throws IOException {
    Files.createSymbolicLink(root.resolve("link"), elsewhere);

    refused(ErrorCode.ADAPTER_PATH_FORBIDDEN, "link");
  }

  private void refused(ErrorCode code, String name) {
    assertEquals(
        code, assertThrows(LorikeetException.class, () -> source().stamp(name)).code(), name);
  }

  private FolderSource source() {
    return source(Optional.empty());
  }

  private FolderSource source(Optional<TextModel> text) {
    return new FolderSource(
        List.of(root), Map.of(), SettingsReader.defaults().adapters(), MODEL, text);
  }

  private Path adapter(String from, String name) throws IOException {
    Path folder = Files.createDirectories(root.resolve(name));
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(DEMO.resolve("adapters").resolve(from).resolve(file), folder.resolve(file));
    }
    return folder;
  }
}
