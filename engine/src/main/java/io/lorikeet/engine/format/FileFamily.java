package io.lorikeet.engine.format;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;

/** Whose files are read: the same defect has a code of its own in a model and in an adapter. */
public enum FileFamily {
  MODEL(
      ErrorCode.MODEL_WEIGHTS_CORRUPT,
      ErrorCode.MODEL_WEIGHTS_MISSING,
      ErrorCode.MODEL_WEIGHTS_NOT_SAFETENSORS,
      ErrorCode.MODEL_PATH_FORBIDDEN,
      ErrorCode.MODEL_CONFIG_MISSING,
      ErrorCode.MODEL_CONFIG_INVALID,
      ErrorCode.MODEL_TENSOR_MISSING,
      ErrorCode.MODEL_TENSOR_SHAPE,
      ErrorCode.MODEL_TENSOR_NOT_FINITE,
      ErrorCode.MODEL_TENSOR_UNKNOWN),
  ADAPTER(
      ErrorCode.ADAPTER_WEIGHTS_CORRUPT,
      ErrorCode.ADAPTER_WEIGHTS_MISSING,
      ErrorCode.ADAPTER_WEIGHTS_NOT_SAFETENSORS,
      ErrorCode.ADAPTER_PATH_FORBIDDEN,
      ErrorCode.ADAPTER_CONFIG_MISSING,
      ErrorCode.ADAPTER_CONFIG_INVALID,
      ErrorCode.ADAPTER_TENSOR_MISSING,
      ErrorCode.ADAPTER_TENSOR_SHAPE,
      ErrorCode.ADAPTER_TENSOR_NOT_FINITE,
      ErrorCode.ADAPTER_TENSOR_UNKNOWN);

  private final ErrorCode corrupt;
  private final ErrorCode missing;
  private final ErrorCode notSafetensors;
  private final ErrorCode pathForbidden;
  private final ErrorCode configMissing;
  private final ErrorCode configInvalid;
  private final ErrorCode tensorMissing;
  private final ErrorCode tensorShape;
  private final ErrorCode tensorNotFinite;
  private final ErrorCode tensorUnknown;

  FileFamily(
      ErrorCode corrupt,
      ErrorCode missing,
      ErrorCode notSafetensors,
      ErrorCode pathForbidden,
      ErrorCode configMissing,
      ErrorCode configInvalid,
      ErrorCode tensorMissing,
      ErrorCode tensorShape,
      ErrorCode tensorNotFinite,
      ErrorCode tensorUnknown) {
    this.corrupt = corrupt;
    this.missing = missing;
    this.notSafetensors = notSafetensors;
    this.pathForbidden = pathForbidden;
    this.configMissing = configMissing;
    this.configInvalid = configInvalid;
    this.tensorMissing = tensorMissing;
    this.tensorShape = tensorShape;
    this.tensorNotFinite = tensorNotFinite;
    this.tensorUnknown = tensorUnknown;
  }

  public LorikeetException corrupt(String message) {
    return new LorikeetException(corrupt, message);
  }

  public LorikeetException missing(String message) {
    return new LorikeetException(missing, message);
  }

  public LorikeetException notSafetensors(String message) {
    return new LorikeetException(notSafetensors, message);
  }

  public LorikeetException pathForbidden(String message) {
    return new LorikeetException(pathForbidden, message);
  }

  public LorikeetException configMissing(String message) {
    return new LorikeetException(configMissing, message);
  }

  public LorikeetException configInvalid(String message) {
    return new LorikeetException(configInvalid, message);
  }

  public LorikeetException tensorMissing(String message) {
    return new LorikeetException(tensorMissing, message);
  }

  public LorikeetException tensorShape(String message) {
    return new LorikeetException(tensorShape, message);
  }

  public LorikeetException tensorNotFinite(String message) {
    return new LorikeetException(tensorNotFinite, message);
  }

  public LorikeetException tensorUnknown(String message) {
    return new LorikeetException(tensorUnknown, message);
  }
}
