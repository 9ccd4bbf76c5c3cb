package io.lorikeet.engine.text.calls;

import java.util.Set;

/**
 * What is taken for a call.
 *
 * @param declared names of the functions that may be called
 * @param callsMax calls of an answer; what follows stays text
 * @param charactersMax characters (UTF-16) of a call; one that grows longer ends there or stays
 *     text
 */
public record CallRules(Set<String> declared, int callsMax, int charactersMax) {
  public CallRules {
    declared = Set.copyOf(declared);
  }
}
