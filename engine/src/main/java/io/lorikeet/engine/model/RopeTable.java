package io.lorikeet.engine.model;

/**
 * Angles of the rotary embedding, as transformers computes them: frequencies and angles in F32.
 * StrictMath gives the same bits interpreted and compiled. Keeps the frequencies of the last
 * length; for one thread.
 */
public final class RopeTable {
  private final RopeSpec spec;
  private final int dim;
  private final float[] frequencies; // [dim / 2]
  private final float attentionFactor;
  private int current = -1;

  /**
   * @param spec not {@link RopeSpec.None}
   * @param dim dimensions that rotate
   */
  public RopeTable(RopeSpec spec, int dim) {
    this.spec = spec;
    this.dim = dim;
    this.frequencies = new float[dim / 2];
    this.attentionFactor =
        switch (spec) {
          case RopeSpec.Yarn y -> (float) y.attentionFactor();
          case RopeSpec.LongRope l -> (float) l.attentionFactor();
          default -> 1f;
        };
  }

  /**
   * Writes cosines and sines of one position, {@code [dim / 2]} each.
   *
   * @param length of the row's sequence: max(original prompt, position + 1). Only dynamic scaling
   *     and longrope look at it.
   */
  public void fill(int position, int length, float[] cos, float[] sin, int offset) {
    prepare(length);
    for (int i = 0; i < frequencies.length; i++) {
      float angle = position * frequencies[i];
      cos[offset + i] = (float) StrictMath.cos(angle) * attentionFactor;
      sin[offset + i] = (float) StrictMath.sin(angle) * attentionFactor;
    }
  }

  /** Lengths of one class have the same angles at every position. */
  public int lengthClass(int length) {
    return switch (spec) {
      case RopeSpec.Dynamic d -> Math.max(length, d.originalContext());
      case RopeSpec.LongRope l -> length > l.originalContext() ? 1 : 0;
      default -> 0;
    };
  }

  /** The frequencies {@code [dim / 2]} for a sequence of this length. */
  public float[] frequencies(int length) {
    prepare(length);
    return frequencies.clone();
  }

  private void prepare(int length) {
    int wanted = lengthClass(length);
    if (wanted == current) {
      return;
    }
    current = wanted;
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] =
          switch (spec) {
            case RopeSpec.Default d -> plain(d.theta(), i);
            case RopeSpec.Linear l -> plain(l.theta(), i) / (float) l.factor();
            case RopeSpec.Dynamic d -> plain(grownTheta(d, wanted), i);
            case RopeSpec.Llama3 l -> llama3(l, plain(l.theta(), i));
            case RopeSpec.Yarn y -> yarn(y, i);
            case RopeSpec.LongRope l -> 1f / ((float) factor(l, wanted, i) * power(l.theta(), i));
            case RopeSpec.None n -> throw new IllegalArgumentException("no rotation has no table");
          };
    }
  }

  private float plain(double theta, int i) {
    return 1f / power(theta, i);
  }

  private float power(double theta, int i) {
    float exponent = (float) (2 * i) / dim;
    return (float) StrictMath.pow(theta, exponent);
  }

  private static double factor(RopeSpec.LongRope l, int lengthClass, int i) {
    return (lengthClass == 0 ? l.shortFactor() : l.longFactor()).get(i);
  }

  private double grownTheta(RopeSpec.Dynamic d, int length) {
    double stretch = d.factor() * length / d.originalContext() - (d.factor() - 1);
    return d.theta() * StrictMath.pow(stretch, dim / (dim - 2.0));
  }

  private static float llama3(RopeSpec.Llama3 l, float frequency) {
    double wavelength = 2 * Math.PI / frequency;
    if (wavelength > l.originalContext() / l.lowFrequencyFactor()) {
      return (float) (frequency / l.factor());
    }
    if (wavelength < l.originalContext() / l.highFrequencyFactor()) {
      return frequency;
    }
    double smooth =
        (l.originalContext() / wavelength - l.lowFrequencyFactor())
            / (l.highFrequencyFactor() - l.lowFrequencyFactor());
    return (float) ((1 - smooth) * frequency / l.factor() + smooth * frequency);
  }

  private float yarn(RopeSpec.Yarn y, int i) {
    double low = correction(y, y.betaFast());
    double high = correction(y, y.betaSlow());
    if (y.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1);
    // Equal ends would divide by zero.
    double ramp = (i - low) / (high == low ? 0.001 : high - low);
    double kept = 1 - Math.clamp(ramp, 0.0, 1.0);
    float frequency = plain(y.theta(), i);
    return (float) (frequency / y.factor() * (1 - kept) + frequency * kept);
  }

  private double correction(RopeSpec.Yarn y, double rotations) {
    return dim
        * StrictMath.log(y.originalContext() / (rotations * 2 * Math.PI))
        / (2 * StrictMath.log(y.theta()));
  }
}
