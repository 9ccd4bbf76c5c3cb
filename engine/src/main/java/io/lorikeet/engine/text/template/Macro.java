package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A macro, or the body of a call block, with the scope that it was defined in. */
final class Macro implements Host {
  private final String name;
  private final Statement.Routine routine;
  private final Set<String> special;
  private final Scope defined;

  Macro(String name, Statement.Routine routine, Scope defined) {
    this.name = name;
    this.routine = routine;
    this.special = routine.special();
    this.defined = defined;
  }

  @Override
  public String type() {
    return "Macro";
  }

  @Override
  public String print(Meter meter) {
    return "<Macro " + PythonText.repr(Value.literal(name), meter) + ">";
  }

  @Override
  public Optional<Value> attribute(String attribute) {
    return switch (attribute) {
      case "name" -> Optional.of(Value.literal(name));
      case "arguments" ->
          Optional.of(
              Value.tuple(routine.parameters().stream().<Value>map(Value::literal).toList()));
      case "catch_kwargs" -> Optional.of(Value.of(special.contains("kwargs")));
      case "catch_varargs" -> Optional.of(Value.of(special.contains("varargs")));
      case "caller" -> Optional.of(Value.of(special.contains("caller")));
      default -> Optional.empty();
    };
  }

  @Override
  public Optional<Operation> callable() {
    return Optional.of(this::call);
  }

  private Value call(Arguments arguments, Render render) {
    Scope scope = defined.inner();
    render.meter().enterFar();
    Map<String, Value> named = new LinkedHashMap<>(arguments.named());
    bind(arguments.positional(), named, scope, render);
    Optional<Value> caller =
        special.contains("caller") ? Optional.ofNullable(named.remove("caller")) : Optional.empty();
    scope.set(
        "caller",
        caller
            .filter(c -> !(c instanceof Value.None))
            .orElse(new Value.Undefined("No caller defined")));
    scope.set("kwargs", kwargs(named));
    scope.set("varargs", varargs(arguments.positional()));
    Value text = render.runner().text(routine.body(), scope);
    render.meter().leaveFar();
    return text;
  }

  private void bind(List<Value> positional, Map<String, Value> named, Scope scope, Render render) {
    List<String> parameters = routine.parameters();
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      Optional<Value> value =
          i < positional.size()
              ? Optional.of(positional.get(i))
              : Optional.ofNullable(named.remove(parameter));
      scope.set(
          parameter,
          value.orElse(new Value.Undefined("parameter '" + parameter + "' was not provided")));
      if (value.isEmpty()) {
        missing.add(i);
      }
    }
    int firstDefault = parameters.size() - routine.defaults().size();
    for (int i : missing) {
      if (i >= firstDefault) {
        Expression otherwise = routine.defaults().get(i - firstDefault);
        scope.set(parameters.get(i), render.evaluator().value(otherwise, scope));
      }
    }
  }

  private Value kwargs(Map<String, Value> named) {
    if (!named.isEmpty() && !special.contains("kwargs")) {
      throw Fault.of(
          "macro '"
              + name
              + "' takes no keyword argument '"
              + named.keySet().iterator().next()
              + "'");
    }
    Dict dict = new Dict();
    named.forEach(dict::put);
    return new Value.Mapping(dict);
  }

  private Value varargs(List<Value> positional) {
    int parameters = routine.parameters().size();
    if (positional.size() <= parameters) {
      return Value.tuple(List.of());
    }
    if (!special.contains("varargs")) {
      throw Fault.of("macro '" + name + "' takes not more than " + parameters + " argument(s)");
    }
    return Value.tuple(positional.subList(parameters, positional.size()));
  }
}
