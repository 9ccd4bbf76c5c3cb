package io.lorikeet.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Optional;

/** Python's numbers: unbounded integers (up to a limit of this interpreter) and doubles. */
final class Numbers {
  /** Python writes and reads no longer integers in decimal. */
  static final int DIGITS_MAX = 4_300;

  private static final int BITS_MAX = 1 << 16;
  private static final BigInteger EXACT = BigInteger.ONE.shiftLeft(53);

  private Numbers() {}

  /** An integer; booleans are 0 and 1. */
  static Optional<BigInteger> integer(Value value) {
    return switch (value) {
      case Value.Int(BigInteger i) -> Optional.of(i);
      case Value.Bool(boolean b) -> Optional.of(b ? BigInteger.ONE : BigInteger.ZERO);
      default -> Optional.empty();
    };
  }

  static double real(Value value) {
    if (value instanceof Value.Real(double d)) {
      return d;
    }
    BigInteger i = integer(value).orElseThrow(() -> notNumber(value));
    double d = i.doubleValue();
    if (Double.isInfinite(d)) {
      throw Fault.of("int too large to convert to float");
    }
    return d;
  }

  /** An integer argument that must fit an int: a position, a count, a width. */
  static int index(Value value) {
    BigInteger i =
        integer(value)
            .orElseThrow(() ->
                Fault.of("'" + Types.name(value) + "' object cannot be interpreted as an integer"));
    if (i.bitLength() > 31) {
      throw Fault.of("an integer must have at most 31 bits here. Given: " + i.bitLength());
    }
    return i.intValue();
  }

  static Value bounded(BigInteger value) {
    if (value.bitLength() > BITS_MAX) {
      throw Fault.of("an integer must have at most " + BITS_MAX + " bits");
    }
    return new Value.Int(value);
  }

  static Value add(Value left, Value right) {
    return bothIntegers(left, right)
        ? bounded(big(left).add(big(right)))
        : Value.of(real(left) + real(right));
  }

  static Value subtract(Value left, Value right) {
    return bothIntegers(left, right)
        ? bounded(big(left).subtract(big(right)))
        : Value.of(real(left) - real(right));
  }

  static Value multiply(Value left, Value right) {
    return bothIntegers(left, right)
        ? bounded(big(left).multiply(big(right)))
        : Value.of(real(left) * real(right));
  }

  static Value divide(Value left, Value right) {
    if (!Types.isTrue(right)) {
      throw Fault.of("division by zero");
    }
    if (!bothIntegers(left, right)) {
      return Value.of(real(left) / real(right));
    }
    BigInteger a = big(left);
    BigInteger b = big(right);
    if (a.abs().compareTo(EXACT) <= 0 && b.abs().compareTo(EXACT) <= 0) {
      return Value.of(a.doubleValue() / b.doubleValue());
    }
    double d = new BigDecimal(a).divide(new BigDecimal(b), new MathContext(60)).doubleValue();
    if (Double.isInfinite(d)) {
      throw Fault.of("integer division result too large for a float");
    }
    return Value.of(d);
  }

  static Value floorDivide(Value left, Value right) {
    if (!Types.isTrue(right)) {
      throw Fault.of("integer division or modulo by zero");
    }
    if (bothIntegers(left, right)) {
      BigInteger[] parts = big(left).divideAndRemainder(big(right));
      boolean down = parts[1].signum() != 0 && parts[1].signum() != big(right).signum();
      return new Value.Int(down ? parts[0].subtract(BigInteger.ONE) : parts[0]);
    }
    double x = real(left);
    double y = real(right);
    double quotient = (x - modulo(x, y)) / y;
    if (quotient == 0) {
      return Value.of(Math.copySign(0.0, x / y));
    }
    double floor = Math.floor(quotient);
    return Value.of(quotient - floor > 0.5 ? floor + 1 : floor);
  }

  static Value modulo(Value left, Value right) {
    if (!Types.isTrue(right)) {
      throw Fault.of("integer modulo by zero");
    }
    if (bothIntegers(left, right)) {
      BigInteger rest = big(left).remainder(big(right));
      boolean up = rest.signum() != 0 && rest.signum() != big(right).signum();
      return new Value.Int(up ? rest.add(big(right)) : rest);
    }
    return Value.of(modulo(real(left), real(right)));
  }

  private static double modulo(double x, double y) {
    double rest = x % y;
    if (rest == 0) {
      return Math.copySign(0.0, y);
    }
    return (y < 0) == (rest < 0) ? rest : rest + y;
  }

  static Value power(Value left, Value right) {
    if (bothIntegers(left, right) && big(right).signum() >= 0) {
      BigInteger base = big(left);
      BigInteger exponent = big(right);
      if (base.bitLength() > 1 || base.equals(BigInteger.TWO.negate())) {
        long bits = Math.multiplyHigh(base.bitLength(), exponent.longValue());
        if (exponent.bitLength() > 31
            || bits != 0
            || (long) (base.bitLength() - 1) * exponent.longValue() > BITS_MAX) {
          throw Fault.of("an integer must have at most " + BITS_MAX + " bits");
        }
        return bounded(base.pow(exponent.intValue()));
      }
      // -1, 0 and 1: only whether the exponent is zero or odd matters.
      int small = exponent.signum() == 0 ? 0 : exponent.testBit(0) ? 1 : 2;
      return new Value.Int(base.pow(small));
    }
    double base = real(left);
    double exponent = real(right);
    if (base == 0 && exponent < 0) {
      throw Fault.of("0.0 cannot be raised to a negative power");
    }
    double power = Math.pow(base, exponent);
    if (Double.isNaN(power) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
      throw Fault.of("complex numbers are not supported");
    }
    if (Double.isInfinite(power) && Double.isFinite(base) && Double.isFinite(exponent)) {
      throw Fault.of("Numerical result out of range");
    }
    return Value.of(power);
  }

  static Value negate(Value value) {
    return value instanceof Value.Real(double d)
        ? Value.of(-d)
        : new Value.Int(integer(value).orElseThrow(() -> notNumber(value)).negate());
  }

  static Value absolute(Value value) {
    return value instanceof Value.Real(double d)
        ? Value.of(Math.abs(d))
        : new Value.Int(integer(value).orElseThrow(() -> notNumber(value)).abs());
  }

  /** The integer towards zero. */
  static Value truncate(double d) {
    if (!Double.isFinite(d)) {
      throw Fault.of("cannot convert float " + Floats.repr(d) + " to integer");
    }
    return new Value.Int(new BigDecimal(d).toBigInteger());
  }

  /** Rounds halves to even; digits may be negative. */
  static Value round(Value value, int digits) {
    if (Math.abs((long) digits) > 400) {
      throw Fault.of("`precision` must be between -400 and 400. Given: " + digits);
    }
    if (value instanceof Value.Real(double d)) {
      if (!Double.isFinite(d)) {
        return value;
      }
      double rounded = new BigDecimal(d).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
      return Value.of(rounded == 0 ? Math.copySign(0.0, d) : rounded);
    }
    BigInteger i = integer(value).orElseThrow(() -> notNumber(value));
    return digits >= 0
        ? new Value.Int(i)
        : new Value.Int(new BigDecimal(i).setScale(digits, RoundingMode.HALF_EVEN).toBigInteger());
  }

  /** Less than, equal, greater as a sign; empty if one is not a number. */
  static Optional<Integer> compare(Value left, Value right) {
    if (bothIntegers(left, right)) {
      return Optional.of(big(left).compareTo(big(right)));
    }
    double a = left instanceof Value.Real(double d) ? d : 0;
    double b = right instanceof Value.Real(double d) ? d : 0;
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return Optional.empty();
    }
    if (Double.isInfinite(a) || Double.isInfinite(b)) {
      return Optional.of(Double.compare(a, b));
    }
    return Optional.of(exact(left).compareTo(exact(right)));
  }

  private static BigDecimal exact(Value value) {
    return value instanceof Value.Real(double d) ? new BigDecimal(d) : new BigDecimal(big(value));
  }

  private static boolean bothIntegers(Value left, Value right) {
    return integer(left).isPresent() && integer(right).isPresent();
  }

  private static BigInteger big(Value value) {
    return integer(value).orElseThrow(() -> notNumber(value));
  }

  private static Fault notNumber(Value value) {
    return Fault.of("a number is needed, not '" + Types.name(value) + "'");
  }
}
