package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Kernels;
import java.util.List;

/** What the parts of a forward pass share. */
record Parts(
    Kernels kernels,
    WorkerPool pool,
    DecoderSpec spec,
    ModelWeights weights,
    BaseWeights base,
    StepRows rows,
    Segments segments,
    Workspace at) {

  Linear linear(Panel input, List<Projection> projections, List<Panel> outputs, Linear.Then then) {
    Linear.Group group = new Linear.Group(input, projections, outputs, then);
    return new Linear(this, group);
  }

  // The engine thread has the first row: a single one is not worth waking the others.
  void overRows(int count, WorkerPool.Task task) {
    if (count == 1) {
      task.run(0);
    } else {
      pool.run(task);
    }
  }

  /** First row of a part, in turns that {@link #overRows} hands out. */
  int begin(int part) {
    return pool.begin(rows.count, part);
  }

  int end(int part) {
    return pool.end(rows.count, part);
  }

  Activation activation() {
    return switch (spec.activation()) {
      case SILU -> Activation.SILU;
      case GELU -> Activation.GELU;
      case GELU_TANH -> Activation.GELU_TANH;
    };
  }
}
