package io.lorikeet.engine.format.peft;

import java.util.Arrays;
import java.util.Optional;

/**
 * The methods of PEFT that are known and not served, by {@code peft_type}, with what they do to a
 * model. Source: peft 0.21.2, PeftType.
 */
enum RefusedMethod {
  PROMPT_TUNING("virtual tokens before the prompt"),
  MULTITASK_PROMPT_TUNING("virtual tokens before the prompt"),
  P_TUNING("virtual tokens before the prompt"),
  CPT("virtual tokens before the prompt"),
  PREFIX_TUNING("keys and values before the prompt's"),
  CARTRIDGE("keys and values before the prompt's"),
  ADAPTION_PROMPT("learned prompts inside attention"),
  BOFT("weights multiplied by butterfly rotations"),
  OFT("weights multiplied by rotations"),
  HRA("weights multiplied by reflections"),
  PSOFT("rotations in a principal subspace of the weights"),
  ROAD("outputs rotated in pairs"),
  HIRA("weights multiplied elementwise by a low-rank matrix"),
  GLORA("weights scaled and shifted elementwise"),
  OSF("weights split by their singular values"),
  DEFT("weights projected off a subspace"),
  POLY("a mixture of adapters by task"),
  XLORA("a gate that mixes adapters by token"),
  LILY("adapters shared by a router"),
  SHADOW("a second network beside the layers"),
  PEANUT("nonlinear functions of the weights"),
  BEFT("vectors added to outputs"),
  VBLORA("updates assembled from a bank of vectors"),
  UNILORA("updates projected from one vector"),
  TINYLORA("updates projected from a few numbers"),
  RANDLORA("sums of scaled random matrices"),
  FROD("updates over a joint decomposition of the weights"),
  PVERA("VeRA with sampled scales"),
  FOURIERFT("updates by their spectrum"),
  WAVEFT("updates by their wavelets"),
  C3A("circular convolutions"),
  SHIRA("sparse updates"),
  SUPERTUNING("sparse updates"),
  DELORA("normalised low-rank updates"),
  GRALORA("low-rank updates by blocks"),
  ADAMSS("low-rank updates by subspaces"),
  MISS("updates shared by shards of rows");

  private final String does;

  RefusedMethod(String does) {
    this.does = does;
  }

  String does() {
    return does;
  }

  static Optional<RefusedMethod> of(String peftType) {
    return Arrays.stream(values()).filter(method -> method.name().equals(peftType)).findFirst();
  }
}
