package io.lorikeet.actors;

import io.lorikeet.actors.Target.Part;
import io.lorikeet.actors.Target.Reference;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Which adapters a {@link Target} names. */
final class Targets {
  private Targets() {}

  /** The number of adapters that are asked for. */
  static int count(Target target) {
    return switch (target) {
      case Target.Model _, Target.Adapter _ -> 1;
      case Target.Composed(List<Part> parts) -> parts.size();
      case Target.Merged(Recipe<String> recipe) -> recipe.parts().size();
    };
  }

  /**
   * The adapters that are asked for, each for itself, in the order of the request; none: the base
   * model, or a merge. Whether there are such adapters is for the adapter manager to say.
   *
   * @param modelName name of the base
   */
  static List<Part> parts(Target target, String modelName) {
    return switch (target) {
      case Target.Adapter(Optional<String> name) -> name.map(Targets::whole).stream().toList();
      case Target.Model(String name) when name.equals(modelName) -> List.of();
      case Target.Model(String name) when name.startsWith(modelName + ":") ->
          List.of(whole(name.substring(modelName.length() + 1)));
      case Target.Model(String name) -> List.of(whole(name));
      case Target.Composed(List<Part> parts) -> parts;
      case Target.Merged _ -> List.of();
    };
  }

  private static Part whole(String name) {
    return new Part(new Reference.ByName(name), 1);
  }

  /** The numbers among the parts, in their order. */
  static List<Integer> numbers(List<Part> parts) {
    List<Integer> numbers = new ArrayList<>();
    for (Part part : parts) {
      if (part.adapter() instanceof Reference.ByNumber(int number)) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /**
   * The parts by name.
   *
   * @param names those of {@link #numbers}
   */
  static List<Leases.Part> named(List<Part> parts, List<String> names) {
    Iterator<String> next = names.iterator();
    return parts.stream()
        .map(part ->
            switch (part.adapter()) {
              case Reference.ByName(String name) -> new Leases.Part(name, part.weight());
              case Reference.ByNumber _ -> new Leases.Part(next.next(), part.weight());
            })
        .toList();
  }

  /**
   * The refusal in the terms of the field that named the adapter.
   *
   * @param adapter the one that is refused
   */
  static RequestActor.End refusal(Target target, String adapter, ErrorCode code, String message) {
    boolean unknown = code == ErrorCode.ADAPTER_NOT_FOUND || code == ErrorCode.ADAPTER_NAME_INVALID;
    return switch (target) {
      case Target.Model(String name) when unknown ->
          new RequestActor.End(
              ErrorCode.MODEL_NOT_FOUND,
              "`model` must name the model or an adapter. Given: " + name);
      case Target.Model _, Target.Adapter _ -> new RequestActor.End(code, message);
      case Target.Composed _, Target.Merged _ ->
          new RequestActor.End(code, "adapter `" + adapter + "`: " + message);
    };
  }
}
