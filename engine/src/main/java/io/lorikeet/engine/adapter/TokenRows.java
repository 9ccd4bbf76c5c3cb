package io.lorikeet.engine.adapter;

import io.lorikeet.kernels.Matrix;

/**
 * Rows of a vocabulary matrix that take the place of the base's.
 *
 * @param ids token ids, ascending, each once
 * @param rows {@code [ids, hidden]}
 */
public record TokenRows(int[] ids, Matrix rows) {
  public TokenRows {
    if (ids.length != rows.rows()) {
      throw new IllegalArgumentException(
          "each token must have a row. Given: " + ids.length + " ids, " + rows.rows() + " rows");
    }
    for (int i = 1; i < ids.length; i++) {
      if (ids[i - 1] >= ids[i]) {
        throw new IllegalArgumentException("token ids must ascend. Given: " + ids[i]);
      }
    }
  }
}
