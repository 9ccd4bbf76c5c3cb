package io.lorikeet.engine.cpu;

import io.lorikeet.kernels.Kernels;

/** Adds outputs {@code [begin, end)} of a branch to a row of the residual stream. */
interface Residual {
  void add(int row, int begin, int end);

  static Residual of(Kernels kernels, Workspace at, float multiplier) {
    Panel update = at.update();
    Panel x = at.x();
    if (multiplier == 1f) {
      return (row, begin, end) ->
          kernels.add(
              update.data(), update.at(row) + begin, x.data(), x.at(row) + begin, end - begin);
    }
    return (row, begin, end) ->
        kernels.addScaled(
            multiplier,
            update.data(),
            update.at(row) + begin,
            x.data(),
            x.at(row) + begin,
            end - begin);
  }
}
