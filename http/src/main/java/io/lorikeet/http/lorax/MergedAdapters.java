package io.lorikeet.http.lorax;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.adapters.MergeFields;
import io.lorikeet.http.json.Fields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * LoRAX's {@code merged_adapters} with every type right and nothing else checked yet.
 *
 * @param place where it stands
 */
record MergedAdapters(String place, List<String> ids, List<Double> weights, MergeFields how) {
  private static final String NAME = "merged_adapters";

  static Optional<MergedAdapters> read(Fields parameters) {
    return parameters
        .object(NAME)
        .map(object -> read(new Fields(object, parameters.full(NAME) + "."), NAME));
  }

  private static MergedAdapters read(Fields at, String place) {
    MergeFields how = MergeFields.lorax(at);
    ArrayNode ids = at.array("ids").orElseThrow(() -> Fields.missing(at.full("ids")));
    List<String> names = new ArrayList<>();
    for (JsonNode id : ids) {
      names.add(Fields.text(at.full("ids") + "[" + names.size() + "]", id));
    }
    List<Double> weights = new ArrayList<>();
    for (JsonNode weight : at.array("weights").stream().flatMap(JsonNode::valueStream).toList()) {
      weights.add(Fields.number(at.full("weights") + "[" + weights.size() + "]", weight));
    }
    return new MergedAdapters(place, List.copyOf(names), List.copyOf(weights), how);
  }

  /**
   * Who answers.
   *
   * @param most adapters of one request
   * @throws LorikeetException with LoRAX's words where it has some, else as {@link MergeFields}
   */
  Target target(int most) {
    rule(!ids.isEmpty(), "at least one adapter ID must be provided when setting `adapters`");
    rule(
        ids.size() == weights.size(), "number of adapter IDs must match number of adapter weights");
    Set<String> seen = new HashSet<>();
    List<MergeFields.Part> parts = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      Fields.require(seen.add(id), place + ".ids", "must hold each adapter once", id + " twice");
      double weight = weights.get(i);
      Fields.require((float) weight != 0, place + ".weights[" + i + "]", "must not be 0", weight);
      parts.add(new MergeFields.Part(id, weight));
    }
    Fields.require(
        parts.size() <= most,
        place + ".ids",
        "must hold at most " + most + " adapters",
        parts.size());
    return how.target(parts, place + ".ids");
  }

  private static void rule(boolean holds, String message) {
    if (!holds) {
      throw new LorikeetException(ErrorCode.PARAMETER_OUT_OF_RANGE, message);
    }
  }
}
