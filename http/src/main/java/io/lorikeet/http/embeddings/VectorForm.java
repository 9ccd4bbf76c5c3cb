package io.lorikeet.http.embeddings;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.http.json.Fields;

/**
 * What a vector is made of, by default what vLLM makes of a decoder.
 *
 * @param normalize whether it gets length 1
 */
record VectorForm(Pooling pooling, boolean normalize) {
  static VectorForm read(Fields fields) {
    String pooling = fields.text("pooling").orElse("last");
    return new VectorForm(
        switch (pooling) {
          case "last" -> Pooling.LAST;
          case "mean" -> Pooling.MEAN;
          default ->
              throw new LorikeetException(
                  ErrorCode.PARAMETER_UNSUPPORTED,
                  "`%s` must be \"last\" or \"mean\"".formatted(fields.full("pooling")));
        },
        fields.flag("normalize", true));
  }

  float[] of(float[] vector) {
    return normalize ? Vectors.normalized(vector) : vector;
  }
}
