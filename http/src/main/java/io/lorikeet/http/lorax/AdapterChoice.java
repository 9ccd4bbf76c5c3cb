package io.lorikeet.http.lorax;

import io.lorikeet.actors.Target;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The parameters that choose adapters on LoRAX's routes, with every type right. */
public record AdapterChoice(
    Optional<String> adapterId, AdapterFields adapters, Optional<MergedAdapters> merged) {
  private static final List<String> NAMES =
      List.of(
          "adapter_id",
          "adapter_source",
          "merged_adapters",
          "api_token",
          "adapters",
          "merge",
          "lora");
  private static final List<Refused> UNIMPLEMENTED =
      List.of(
          Refused.unless("adapter_source", "local"),
          // For the source of an adapter; ours are local and need none, so it changes nothing.
          Refused.unlessText("api_token"));

  /** Reads the parameters that choose and no others. */
  static AdapterChoice read(Fields parameters) {
    return new AdapterChoice(
        parameters.text("adapter_id").filter(id -> !id.isEmpty()),
        AdapterFields.read(parameters),
        MergedAdapters.read(parameters));
  }

  /**
   * Reads the parameters of a route that has few others.
   *
   * @param others names of those
   * @throws LorikeetException PARAMETER_UNSUPPORTED for a parameter that nobody reads
   */
  public static AdapterChoice read(Fields parameters, List<String> others) {
    List<String> known = new ArrayList<>(NAMES);
    known.addAll(others);
    parameters.only(known.toArray(String[]::new));
    Refused.check(parameters, UNIMPLEMENTED);
    return read(parameters);
  }

  /**
   * Who shall answer.
   *
   * @param adaptersMax adapters of one request
   * @throws LorikeetException REQUEST_INVALID where several parameters choose
   */
  public Target target(int adaptersMax) {
    Optional<Target> listed = adapters.target(adaptersMax);
    Optional<String> other =
        adapterId.map(_ -> "adapter_id").or(() -> merged.map(_ -> "merged_adapters"));
    if (adapterId.isPresent() && merged.isPresent()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`merged_adapters` and `adapter_id` exclude each other");
    }
    if (listed.isPresent() && other.isPresent()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`%s` and `%s` exclude each other"
              .formatted(other.get(), adapters.chooser().orElseThrow()));
    }
    return listed
        .or(() -> merged.map(how -> how.target(adaptersMax)))
        .orElseGet(() -> new Target.Adapter(adapterId));
  }
}
