package io.lorikeet.cli.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.spi.DeviceSpeed;
import java.util.ArrayList;
import java.util.List;

/** What a device reached at plain work, as text or JSON. */
final class DeviceReport {
  private static final String EMULATED =
      "  EMULATED: there is no such device; all rates and times here are the emulator's and mean"
          + " nothing";

  private DeviceReport() {}

  static List<String> lines(DeviceSpeed speed) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  %s: reads %s GB/s, copies %s GB/s, uploads %s GB/s"
            .formatted(
                speed.device(),
                gigabytes(speed.readBytesPerSecond()),
                gigabytes(speed.copyBytesPerSecond()),
                gigabytes(speed.uploadBytesPerSecond())));
    lines.add(
        "  an empty kernel takes %s us by itself, %s us in a graph of %d"
            .formatted(
                BenchReport.number(2, speed.launchNanos() / 1e3),
                BenchReport.number(2, speed.replayNanos() / 1e3),
                speed.replayKernels()));
    if (speed.emulated()) {
      lines.add(EMULATED);
    }
    return lines;
  }

  private static String gigabytes(double bytes) {
    return BenchReport.number(1, bytes / 1e9);
  }

  static void put(ObjectNode json, DeviceSpeed speed) {
    json.put("name", speed.device())
        .put("emulated", speed.emulated())
        .put("read_bytes_per_second", speed.readBytesPerSecond())
        .put("copy_bytes_per_second", speed.copyBytesPerSecond())
        .put("upload_bytes_per_second", speed.uploadBytesPerSecond())
        .put("launch_ns", speed.launchNanos())
        .put("replay_ns", speed.replayNanos())
        .put("replay_kernels", speed.replayKernels());
  }
}
