package io.lorikeet.cli.lorax;

import io.lorikeet.cli.lorax.LoraxFlag.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** LoRAX's flags as options of a command. */
public final class LoraxOptions implements IModelTransformer {
  /** Says that LoRAX's variables of the environment count too. */
  public static final String VARIABLE = "LORIKEET_LORAX_ENV";

  // Shells and containers set it to the machine's own name, which is no address to listen on.
  private static final Set<String> NEVER_READ = Set.of("HOSTNAME");
  // LoRAX gives these no variable.
  private static final Set<String> WITHOUT_VARIABLE = Set.of("--env");
  private static final Map<String, String> SHORT = Map.of("--env", "-e");

  /** Adds those that the command does not have itself, a group for each kind of effect. */
  @Override
  public CommandSpec transform(CommandSpec command) {
    addTo(
        command,
        "LoRAX's names",
        Set.of(Effect.Sets.class, Effect.Chooses.class, Effect.Switches.class, Effect.Does.class));
    addTo(
        command,
        "LoRAX's flags that change neither answers nor limits here",
        Set.of(Effect.Nothing.class));
    addTo(command, "LoRAX's flags that are refused", Set.of(Effect.Refused.class));
    return command;
  }

  private static void addTo(
      CommandSpec command, String heading, Set<Class<? extends Effect>> kinds) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().heading("%n" + heading + ":%n").validate(false).multiplicity("0..1");
    for (LoraxFlag flag : LoraxFlags.ALL) {
      boolean ofGroup = kinds.contains(flag.effect().getClass());
      if (ofGroup && command.findOption(flag.name()) == null) {
        group.addArg(option(flag));
      }
    }
    command.addArgGroup(group.build());
  }

  private static OptionSpec option(LoraxFlag flag) {
    String[] names =
        SHORT.containsKey(flag.name())
            ? new String[] {SHORT.get(flag.name()), flag.name()}
            : new String[] {flag.name()};
    OptionSpec.Builder option =
        OptionSpec.builder(names).description(LoraxPage.inWords(flag).replace("%", "%%"));
    return switch (flag.kind()) {
      case SWITCH -> option.arity("0").type(boolean.class).build();
      case BOOLEAN -> option.arity("1").type(String.class).paramLabel("true|false").build();
      case COUNT, NUMBER -> option.arity("1").type(String.class).paramLabel("N").build();
      case WORD -> option.arity("1").type(String.class).paramLabel("VALUE").build();
      case WORDS ->
          option
              .arity("1")
              .type(List.class)
              .auxiliaryTypes(String.class)
              .paramLabel("VALUE")
              .build();
    };
  }

  /**
   * What a command line holds, and the environment where {@link #VARIABLE} is {@code true}.
   *
   * @throws IllegalArgumentException for what is refused, and for values of the wrong kind
   */
  public static LoraxArguments read(ParseResult parsed, Map<String, String> environment) {
    boolean variables = "true".equalsIgnoreCase(environment.get(VARIABLE));
    Map<LoraxFlag, List<String>> given = new LinkedHashMap<>();
    for (LoraxFlag flag : LoraxFlags.ALL) {
      List<String> values = new ArrayList<>(values(flag, parsed));
      String variable = variables ? variable(flag, environment) : null;
      if (values.isEmpty() && variable != null && !isOurs(flag, parsed)) {
        values.add(variable);
      }
      values.forEach(flag::check);
      if (!values.isEmpty()) {
        given.put(flag, values);
      }
    }
    return new LoraxArguments(given);
  }

  // The command's own option of that name was read by the command.
  private static boolean isOurs(LoraxFlag flag, ParseResult parsed) {
    return parsed.hasMatchedOption(flag.name());
  }

  private static List<String> values(LoraxFlag flag, ParseResult parsed) {
    OptionSpec option = parsed.matchedOption(flag.name());
    if (option == null || option.group() == null) {
      return List.of();
    }
    return flag.kind() == Kind.SWITCH ? List.of("true") : option.stringValues();
  }

  private static @Nullable String variable(LoraxFlag flag, Map<String, String> environment) {
    String name = flag.variable();
    boolean read = !NEVER_READ.contains(name) && !WITHOUT_VARIABLE.contains(flag.name());
    String value = read ? environment.get(name) : null;
    return value == null || value.isEmpty() ? null : value;
  }
}
