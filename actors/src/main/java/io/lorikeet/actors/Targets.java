package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;

/** Which adapter a {@link Target} names. */
final class Targets {
  private Targets() {}

  /**
   * The adapter that is asked for; empty: the base model. Whether there is such an adapter is for
   * the adapter manager to say.
   *
   * @param modelName name of the base
   */
  static Optional<String> adapter(Target target, String modelName) {
    return switch (target) {
      case Target.Adapter(Optional<String> name) -> name;
      case Target.Model(String name) when name.equals(modelName) -> Optional.empty();
      case Target.Model(String name) when name.startsWith(modelName + ":") ->
          Optional.of(name.substring(modelName.length() + 1));
      case Target.Model(String name) -> Optional.of(name);
    };
  }

  /** The refusal in the terms of the field that named the adapter. */
  static RequestActor.End refusal(Target target, ErrorCode code, String message) {
    boolean unknown = code == ErrorCode.ADAPTER_NOT_FOUND || code == ErrorCode.ADAPTER_NAME_INVALID;
    return target instanceof Target.Model(String name) && unknown
        ? new RequestActor.End(
            ErrorCode.MODEL_NOT_FOUND, "`model` must name the model or an adapter. Given: " + name)
        : new RequestActor.End(code, message);
  }
}
