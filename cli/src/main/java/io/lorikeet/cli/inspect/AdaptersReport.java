package io.lorikeet.cli.inspect;

import java.nio.file.Path;
import java.util.List;

/** The adapters of a folder, by name. */
record AdaptersReport(Path folder, String base, List<AdapterReport> adapters) implements Report {
  AdaptersReport {
    adapters = List.copyOf(adapters);
  }

  @Override
  public boolean ok() {
    return adapters.stream().allMatch(AdapterReport::ok);
  }
}
