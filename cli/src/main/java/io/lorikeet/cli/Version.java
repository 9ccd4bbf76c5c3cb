package io.lorikeet.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The build's version, and the Java that runs it. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String build =
        Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
            .orElse("development");
    return new String[] {
      "lorikeet " + build, "Java " + Runtime.version() + ", " + System.getProperty("os.arch")
    };
  }
}
