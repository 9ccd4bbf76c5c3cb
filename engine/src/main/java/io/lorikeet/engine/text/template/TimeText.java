package io.lorikeet.engine.text.template;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** The time as {@code strftime} writes it in the C locale, with the flags of the GNU C library. */
final class TimeText {
  private TimeText() {}

  static String format(String format, ZonedDateTime time, Meter meter) {
    TextBuilder out = new TextBuilder(meter);
    int i = 0;
    while (i < format.length()) {
      char c = format.charAt(i++);
      if (c != '%') {
        out.append(c);
        continue;
      }
      char flag = 0;
      if (i < format.length() && "-_0^".indexOf(format.charAt(i)) >= 0) {
        flag = format.charAt(i++);
      }
      if (i == format.length()) {
        throw Fault.of("strftime_now: the format ends inside of a directive");
      }
      out.append(directive(format.charAt(i++), flag, time, meter));
    }
    return out.toString();
  }

  private static String directive(char c, char flag, ZonedDateTime time, Meter meter) {
    int hour12 = time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
    int sunday = time.getDayOfWeek().getValue() % 7;
    return switch (c) {
      case 'd' -> number(time.getDayOfMonth(), 2, '0', flag);
      case 'e' -> number(time.getDayOfMonth(), 2, ' ', flag);
      case 'm' -> number(time.getMonthValue(), 2, '0', flag);
      case 'y' -> number(Math.floorMod(time.getYear(), 100), 2, '0', flag);
      case 'Y' -> number(time.getYear(), 1, '0', flag);
      case 'C' -> number(Math.floorDiv(time.getYear(), 100), 2, '0', flag);
      case 'H' -> number(time.getHour(), 2, '0', flag);
      case 'k' -> number(time.getHour(), 2, ' ', flag);
      case 'I' -> number(hour12, 2, '0', flag);
      case 'l' -> number(hour12, 2, ' ', flag);
      case 'M' -> number(time.getMinute(), 2, '0', flag);
      case 'S' -> number(time.getSecond(), 2, '0', flag);
      case 'f' -> number(time.getNano() / 1_000, 6, '0', (char) 0);
      case 'j' -> number(time.getDayOfYear(), 3, '0', flag);
      case 'w' -> number(sunday, 1, '0', flag);
      case 'u' -> number(time.getDayOfWeek().getValue(), 1, '0', flag);
      case 'U' -> number((time.getDayOfYear() + 6 - sunday) / 7, 2, '0', flag);
      case 'W' -> number((time.getDayOfYear() + 6 - (sunday + 6) % 7) / 7, 2, '0', flag);
      case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
      case 'G' -> number(time.get(IsoFields.WEEK_BASED_YEAR), 1, '0', flag);
      case 'a' -> name(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), flag);
      case 'A' -> name(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH), flag);
      case 'b', 'h' ->
          name(
              time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3), flag);
      case 'B' -> name(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH), flag);
      case 'p' -> name(time.get(ChronoField.AMPM_OF_DAY) == 0 ? "AM" : "PM", flag);
      case 'P' -> time.get(ChronoField.AMPM_OF_DAY) == 0 ? "am" : "pm";
      case 'c' -> format("%a %b %e %H:%M:%S %Y", time, meter);
      case 'x', 'D' -> format("%m/%d/%y", time, meter);
      case 'X', 'T' -> format("%H:%M:%S", time, meter);
      case 'F' -> format("%Y-%m-%d", time, meter);
      case 'R' -> format("%H:%M", time, meter);
      case 'r' -> format("%I:%M:%S %p", time, meter);
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      // The time has no zone of its own in Python.
      case 'z', 'Z' -> "";
      default -> throw Fault.of("strftime_now: the directive %" + c + " is not supported");
    };
  }

  private static String number(int value, int width, char fill, char flag) {
    char padding = flag == '_' ? ' ' : flag == '0' ? '0' : fill;
    String digits = Integer.toString(value);
    int missing = flag == '-' ? 0 : Math.max(0, width - digits.length());
    return String.valueOf(padding).repeat(missing) + digits;
  }

  private static String name(String name, char flag) {
    return flag == '^' ? name.toUpperCase(Locale.ROOT) : name;
  }
}
