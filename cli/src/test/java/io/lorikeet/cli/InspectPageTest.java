package io.lorikeet.cli;

import static io.lorikeet.cli.InspectFixtures.ROOT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.cli.Console.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The commands on {@code docs/inspect.md} print what stands under them. With {@code
 * -Dlorikeet.write-docs=true} their output is written anew.
 */
final class InspectPageTest {
  private static final Path PAGE = ROOT.resolve("docs/inspect.md");
  private static final String PROMPT = "$ ./lorikeet ";
  private static final String EXIT_CODE = "; echo $?";
  private static final Pattern FOLDER = Pattern.compile("(models|fixtures)/.*");

  @Test
  void commandsPrintWhatThePageSays() throws IOException {
    String home = System.getProperty("lorikeet.home", ".");
    System.setProperty("lorikeet.home", ROOT.toString());
    try {
      String page = Files.readString(PAGE);
      String made = made(page.lines().toList());
      if (Boolean.getBoolean("lorikeet.write-docs")) {
        Files.writeString(PAGE, made);
      }
      assertEquals(made, Files.readString(PAGE));
      assertTrue(made.contains(PROMPT), made);
    } finally {
      System.setProperty("lorikeet.home", home);
    }
  }

  /** The page with the output of its commands in place of what stands there. */
  private static String made(List<String> lines) {
    StringBuilder made = new StringBuilder();
    boolean output = false;
    for (String line : lines) {
      if (line.startsWith(PROMPT)) {
        output = true;
        made.append(line).append('\n').append(run(line.substring(PROMPT.length())));
        continue;
      }
      output &= !line.startsWith("```");
      if (!output) {
        made.append(line).append('\n');
      }
    }
    return made.toString();
  }

  private static String run(String command) {
    String plain = command.replace(EXIT_CODE, "");
    Outcome outcome =
        Console.run(
            Pattern.compile(" ")
                .splitAsStream(plain)
                .map(word -> FOLDER.matcher(word).matches() ? ROOT.resolve(word).toString() : word)
                .toArray(String[]::new));
    String code = plain.equals(command) ? "" : outcome.exitCode() + "\n";
    return outcome.out().replace(ROOT + "/", "") + code;
  }
}
