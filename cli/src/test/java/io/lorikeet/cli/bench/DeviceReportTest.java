package io.lorikeet.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.DeviceSpeed;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceReportTest {
  @Test
  void ratesAndTimesHaveTheirUnits() {
    assertEquals(
        List.of(
            "  H200: reads 4500.0 GB/s, copies 4300.5 GB/s, uploads 55.2 GB/s",
            "  an empty kernel takes 2.10 us by itself, 1.25 us in a graph of 163"),
        DeviceReport.lines(speed(false)));
  }

  @Test
  void anEmulatedDeviceSaysThatItsNumbersMeanNothing() {
    List<String> lines = DeviceReport.lines(speed(true));

    assertEquals(3, lines.size());
    assertTrue(lines.getLast().contains("EMULATED"), lines.getLast());
    assertTrue(lines.getLast().endsWith("mean nothing"), lines.getLast());
  }

  private static DeviceSpeed speed(boolean emulated) {
    return new DeviceSpeed("H200", emulated, 4.5e12, 4.3005e12, 55.2e9, 2_100, 1_250, 163);
  }
}
