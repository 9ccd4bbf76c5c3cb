package io.lorikeet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Runs the command line in this process. */
final class Console {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Console() {}

  /** What a command left behind. */
  record Outcome(int exitCode, String out, String err) {
    /** The object in each line of the output. */
    List<JsonNode> json() {
      List<JsonNode> objects = new ArrayList<>();
      for (String line : out.lines().toList()) {
        try {
          objects.add(JSON.readTree(line));
        } catch (JsonProcessingException e) {
          throw new AssertionError("not a line of JSON: " + line, e);
        }
      }
      return objects;
    }
  }

  static Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int exitCode = line.execute(args);
    return new Outcome(exitCode, out.toString(), err.toString());
  }
}
