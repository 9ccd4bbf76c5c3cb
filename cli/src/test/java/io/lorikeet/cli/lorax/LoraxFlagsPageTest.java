package io.lorikeet.cli.lorax;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/lorax-flags.md} holds the list of the code. With {@code -Dlorikeet.write-docs=true}
 * its table is written anew.
 */
class LoraxFlagsPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("lorikeet.root"), "docs", "lorax-flags.md");
  private static final String HEAD = "| flag | default there | here | meaning or reason |\n";

  @Test
  void thePageHoldsEveryFlag() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf(HEAD);
    int end = page.indexOf("\n\n", start);
    String made = page.substring(0, start) + table() + page.substring(end + 1);
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      Files.writeString(PAGE, made);
    }

    assertEquals(made, Files.readString(PAGE));
  }

  private static String table() {
    return HEAD
        + "|---|---|---|---|\n"
        + LoraxFlags.ALL.stream().map(LoraxPage::row).collect(Collectors.joining("\n", "", "\n"));
  }
}
