package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;

/** Puts tokens that were drawn on the device in the places of rows that wait for them. */
final class LastTokens {
  private static final int THREADS = 256;

  private final DeviceModel on;
  private final StepShape shape;
  private final Stream stream;
  private final Kernel take;

  LastTokens(DeviceModel on, StepShape shape, Context context, Stream stream) {
    this.on = on;
    this.shape = shape;
    this.stream = stream;
    take = context.kernel("take_last_tokens");
  }

  void run() {
    take.with(on.block().tokensAt())
        .with(on.lastTokens())
        .with(shape.rows)
        .launch(stream, Math.ceilDiv(shape.rows, THREADS));
  }
}
