package io.lorikeet.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1023, 1023 bytes",
    "1024, 1.0 KiB",
    "1048575, 1.0 MiB",
    "7340032, 7.0 MiB",
    "8589934592, 8.0 GiB",
    "9223372036854775807, 8388608.0 TiB",
  })
  void bytesHaveTheUnitThatSuitsThem(long bytes, String text) {
    assertEquals(text, Amounts.bytes(bytes));
  }

  @ParameterizedTest
  @CsvSource({"999, 999", "1000, 1.0K", "3672320, 3.7M", "999999999, 1.0B", "7248023552, 7.2B"})
  void parametersAreBrief(long count, String text) {
    assertEquals(text, Amounts.brief(count));
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "0.5, 0.5", "5.656854, 5.6569", "100, 100", "0, 0", "-1.5, -1.5"})
  void numbersHaveNoTrailingZeros(double value, String text) {
    assertEquals(text, Amounts.number(value));
  }

  @Test
  void neighboursAreJoined() {
    assertEquals("0..3, 7, 9..10", Amounts.ranges(List.of(0, 1, 2, 3, 7, 9, 10)));
    assertEquals("5", Amounts.ranges(List.of(5)));
    assertEquals("", Amounts.ranges(List.of()));
  }

  @Test
  void thousandsAreApart() {
    assertEquals("3,672,320", Amounts.count(3_672_320));
    assertEquals("1.2 %", Amounts.share(12, 1000));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.00123456, 0.00123", "12.345, 12.3", "1234.5, 1230", "2.0, 2"})
  void smallNumbersKeepThreeDigits(double value, String text) {
    assertEquals(text, Amounts.significant(value));
  }

  @ParameterizedTest
  @CsvSource({"1, 100.0 %", "0.98449, 98.4 %", "0, 0.0 %"})
  void sharesOfOneAreInPerCent(double part, String text) {
    assertEquals(text, Amounts.share(part));
  }
}
