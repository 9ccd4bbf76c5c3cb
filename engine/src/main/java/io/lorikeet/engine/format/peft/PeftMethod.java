package io.lorikeet.engine.format.peft;

import java.util.Arrays;
import java.util.Optional;

/** The methods of PEFT that are served, by {@code peft_type}. */
enum PeftMethod {
  LORA("LoRA"),
  ADALORA("AdaLoRA"),
  IA3("(IA)3"),
  VERA("VeRA"),
  LOHA("LoHa"),
  LOKR("LoKr"),
  LN_TUNING("LN tuning"),
  TRAINABLE_TOKENS("trainable tokens");

  private final String title;

  PeftMethod(String title) {
    this.title = title;
  }

  /** Its name in the field's papers. */
  String title() {
    return title;
  }

  static Optional<PeftMethod> of(String peftType) {
    return Arrays.stream(values()).filter(method -> method.name().equals(peftType)).findFirst();
  }
}
