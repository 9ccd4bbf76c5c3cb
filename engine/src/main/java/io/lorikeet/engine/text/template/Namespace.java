package io.lorikeet.engine.text.template;

import java.util.Optional;

/** The one thing that a template can change: names that outlive loops. */
final class Namespace implements Host {
  private final Dict names = new Dict();

  static Value create(Arguments arguments, Render render) {
    Namespace namespace = new Namespace();
    Dict all = Globals.dict(arguments, render);
    for (Dict.Entry entry : all.entries()) {
      if (!(entry.key() instanceof Value.Str(String name, boolean _, var _))) {
        throw Fault.of("the names of a namespace must be strings");
      }
      namespace.set(name, entry.value());
    }
    return new Value.Hosted(namespace);
  }

  void set(String name, Value value) {
    if (name.startsWith("_")) {
      throw Fault.of(
          "a namespace can't hold names that begin with an underscore. Given: '" + name + "'");
    }
    names.put(name, value);
  }

  @Override
  public String type() {
    return "Namespace";
  }

  @Override
  public String print(Meter meter) {
    meter.enterFar();
    String text = "<Namespace " + PythonText.repr(new Value.Mapping(names), meter) + ">";
    meter.leaveFar();
    return text;
  }

  @Override
  public Optional<Value> attribute(String name) {
    return names.get(name);
  }
}
