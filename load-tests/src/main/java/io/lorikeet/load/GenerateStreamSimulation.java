package io.lorikeet.load;

/** Answers of many adapters over LoRAX's {@code POST /generate_stream}. */
public final class GenerateStreamSimulation extends StreamSimulation {
  public GenerateStreamSimulation() {
    super(Dialect.LORAX, "/generate_stream");
  }
}
