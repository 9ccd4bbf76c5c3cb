package io.lorikeet.cli.inspect;

import java.nio.file.Path;

/** What is known of one folder. */
public sealed interface Report permits ModelReport, AdapterReport, AdaptersReport {
  Path folder();

  /** Whether a server would take all of it. */
  boolean ok();
}
