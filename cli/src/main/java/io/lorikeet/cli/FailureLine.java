package io.lorikeet.cli;

import io.lorikeet.engine.error.LorikeetException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * What a user did wrong becomes one line and exit code 2; anything else is a defect and keeps its
 * stack trace.
 */
final class FailureLine implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed)
      throws Exception {
    String text =
        switch (e) {
          case LorikeetException known -> known.code().wire() + ": " + known.getMessage();
          case IllegalArgumentException wrong -> wrong.getMessage();
          default -> throw e;
        };
    line.getErr().println("lorikeet: " + text);
    return CommandLine.ExitCode.USAGE;
  }
}
