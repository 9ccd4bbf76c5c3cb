package io.lorikeet.engine.model;

/**
 * Angles of the rotary embedding, as transformers computes them: frequencies and angles in F32.
 * StrictMath gives the same bits interpreted and compiled. Keeps the frequencies of the last
 * length; for one thread.
 */
public final class RopeTable {
  private final RopeSpec spec;
  private final int headDim;
  private final float[] frequencies; // [headDim / 2]
  private final float attentionFactor;
  private int current = -1;

  public RopeTable(RopeSpec spec, int headDim) {
    this.spec = spec;
    this.headDim = headDim;
    this.frequencies = new float[headDim / 2];
    this.attentionFactor = spec instanceof RopeSpec.Yarn yarn ? (float) yarn.attentionFactor() : 1f;
  }

  /**
   * Writes cosines and sines of one position, {@code [headDim / 2]} each.
   *
   * @param length of the row's sequence: max(original prompt, position + 1). Only dynamic scaling
   *     looks at it.
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
    return spec instanceof RopeSpec.Dynamic d ? Math.max(length, d.originalContext()) : 0;
  }

  /** The frequencies {@code [headDim / 2]} for a sequence of this length. */
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
          };
    }
  }

  private float plain(double theta, int i) {
    float exponent = (float) (2 * i) / headDim;
    return 1f / (float) StrictMath.pow(theta, exponent);
  }

  private double grownTheta(RopeSpec.Dynamic d, int length) {
    double stretch = d.factor() * length / d.originalContext() - (d.factor() - 1);
    return d.theta() * StrictMath.pow(stretch, headDim / (headDim - 2.0));
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
    high = Math.min(high, headDim - 1);
    // Equal ends would divide by zero.
    double ramp = (i - low) / (high == low ? 0.001 : high - low);
    double kept = 1 - Math.clamp(ramp, 0.0, 1.0);
    float frequency = plain(y.theta(), i);
    return (float) (frequency / y.factor() * (1 - kept) + frequency * kept);
  }

  private double correction(RopeSpec.Yarn y, double rotations) {
    return headDim
        * StrictMath.log(y.originalContext() / (rotations * 2 * Math.PI))
        / (2 * StrictMath.log(y.theta()));
  }
}
