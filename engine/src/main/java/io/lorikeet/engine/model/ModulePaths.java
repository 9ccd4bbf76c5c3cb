package io.lorikeet.engine.model;

/** Paths of the linear layers as transformers names them, which adapters go by. */
public final class ModulePaths {
  private ModulePaths() {}

  /** Path of a projection below its decoder layer. The names of Llama and of all that copied it. */
  public static String inLayer(Projection projection) {
    return switch (projection) {
      case Q -> "self_attn.q_proj";
      case K -> "self_attn.k_proj";
      case V -> "self_attn.v_proj";
      case O -> "self_attn.o_proj";
      case GATE -> "mlp.gate_proj";
      case UP -> "mlp.up_proj";
      case DOWN -> "mlp.down_proj";
    };
  }
}
