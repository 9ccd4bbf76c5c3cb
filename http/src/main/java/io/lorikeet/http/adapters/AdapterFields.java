package io.lorikeet.http.adapters;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Target;
import io.lorikeet.actors.Target.Reference;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The fields that choose adapters on every route, with every type right and nothing else checked
 * yet: {@code adapters}, a list of {@code {name, weight}}, with {@code merge} or without, and
 * llama.cpp's {@code lora}, a list of {@code {id, scale}}. An empty list chooses nothing, like a
 * field that is not there.
 */
public record AdapterFields(List<Entry> adapters, Optional<MergeFields> merge, List<Entry> lora) {
  /** The names of the fields that look like the choice of an adapter. */
  public static final List<String> NAMES = List.of("adapters", "lora");

  /**
   * One entry of a list.
   *
   * @param place of the weight, for refusals
   */
  record Entry(Reference adapter, String place, double weight) {
    private boolean isOff() {
      return (float) weight == 0;
    }

    private String shown() {
      return switch (adapter) {
        case Reference.ByName(String name) -> name;
        case Reference.ByNumber(int number) -> "" + number;
      };
    }
  }

  public AdapterFields {
    adapters = List.copyOf(adapters);
    lora = List.copyOf(lora);
  }

  /**
   * Reads the fields.
   *
   * @throws LorikeetException REQUEST_INVALID for a wrong type or a missing part,
   *     PARAMETER_UNSUPPORTED for a part that is not read, PARAMETER_OUT_OF_RANGE for a number that
   *     is not finite
   */
  public static AdapterFields read(Fields fields) {
    return new AdapterFields(
        entries(fields, "adapters", AdapterFields::adapter),
        fields
            .object("merge")
            .map(how -> MergeFields.ours(new Fields(how, fields.full("merge") + "."))),
        entries(fields, "lora", AdapterFields::lora));
  }

  private static List<Entry> entries(Fields fields, String name, Function<Fields, Entry> reader) {
    List<Entry> entries = new ArrayList<>();
    for (JsonNode node : fields.array(name).stream().flatMap(JsonNode::valueStream).toList()) {
      String place = fields.full(name) + "[" + entries.size() + "]";
      if (!(node instanceof ObjectNode object)) {
        throw Fields.wrongType(place, "an object", node);
      }
      entries.add(reader.apply(new Fields(object, place + ".")));
    }
    return entries;
  }

  private static Entry adapter(Fields entry) {
    entry.only("name", "weight");
    return new Entry(
        new Reference.ByName(entry.requiredText("name")),
        entry.full("weight"),
        entry.number("weight").orElse(1));
  }

  // In llama.cpp a scale that is left out is 0; here it is not guessed.
  private static Entry lora(Fields entry) {
    entry.only("id", "scale");
    JsonNode id = entry.any("id").orElseThrow(() -> Fields.missing(entry.full("id")));
    Reference adapter =
        id.isTextual()
            ? new Reference.ByName(id.textValue())
            : new Reference.ByNumber(Fields.integer(entry.full("id"), id));
    double scale = entry.number("scale").orElseThrow(() -> Fields.missing(entry.full("scale")));
    return new Entry(adapter, entry.full("scale"), scale);
  }

  /** The field that chooses; empty: none does. */
  public Optional<String> chooser() {
    return adapters.isEmpty()
        ? lora.isEmpty() ? Optional.empty() : Optional.of("lora")
        : Optional.of("adapters");
  }

  /**
   * The sum or merge that is asked for; empty: none of the fields chooses.
   *
   * @param most adapters of one request
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE for a weight of 0, an adapter that is given
   *     twice, too many of them; REQUEST_INVALID where both lists choose, or a merge has no list;
   *     as {@link MergeFields#target}
   */
  public Optional<Target> target(int most) {
    if (!adapters.isEmpty() && !lora.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`lora` and `adapters` exclude each other");
    }
    if (merge.isPresent() && adapters.isEmpty()) {
      throw new LorikeetException(ErrorCode.REQUEST_INVALID, "`merge` needs `adapters`");
    }
    for (Entry entry : adapters) {
      Fields.require(!entry.isOff(), entry.place(), "must not be 0", entry.weight());
    }
    return chooser().map(name -> target(name, adapters.isEmpty() ? lora : adapters, most));
  }

  /**
   * As {@link #target(int)}, where OpenAI's {@code model} may choose as well. LoRAX's clients name
   * the base by an empty string.
   *
   * @param base the model's name
   * @throws LorikeetException also REQUEST_INVALID where both choose
   */
  public Target target(String model, String base, int most) {
    Optional<Target> listed = target(most);
    if (listed.isPresent() && !model.isEmpty() && !model.equals(base)) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`model` must be `%s` where `%s` chooses adapters. Given: %s"
              .formatted(base, chooser().orElseThrow(), model));
    }
    return listed.orElseGet(
        () -> model.isEmpty() ? new Target.Adapter(Optional.empty()) : new Target.Model(model));
  }

  // llama.cpp's clients list every adapter and switch those off that they don't want.
  private Target target(String name, List<Entry> entries, int most) {
    Set<Reference> seen = new HashSet<>();
    for (Entry entry : entries) {
      Fields.require(
          seen.add(entry.adapter()), name, "must hold each adapter once", entry.shown() + " twice");
    }
    List<Entry> on = entries.stream().filter(entry -> !entry.isOff()).toList();
    Fields.require(on.size() <= most, name, "must hold at most " + most + " adapters", on.size());
    return merge
        .map(how ->
            how.target(
                on.stream().map(e -> new MergeFields.Part(e.shown(), e.weight())).toList(), name))
        .orElseGet(() ->
            new Target.Composed(
                on.stream().map(e -> new Target.Part(e.adapter(), e.weight())).toList()));
  }
}
