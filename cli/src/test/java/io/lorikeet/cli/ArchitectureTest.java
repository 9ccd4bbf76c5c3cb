package io.lorikeet.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The allowed imports of the house. A new package must be entered here with what it may import. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar")) // of other modules
          .importPackages("io.lorikeet");

  private static final String ENGINE = "io.lorikeet.engine.";

  /** Modules, and rooms of the engine, with the parts of the project that each may import. */
  private static final Map<String, List<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("config", List.of()),
          Map.entry("kernels", List.of()),
          Map.entry("kernels.reference", List.of("kernels")),
          Map.entry("kernels.vector", List.of("kernels")),
          Map.entry("kernels.foreign", List.of("kernels", "kernels.vector")),
          Map.entry("kernels.vector.lanes", List.of("kernels", "kernels.vector")),
          Map.entry("engine.error", List.of()),
          Map.entry("engine.memory", List.of()),
          Map.entry("engine.kv", List.of("engine.memory")),
          Map.entry("engine.format", List.of("engine.error", "kernels")),
          Map.entry("engine.model", List.of("engine.error", "engine.format", "kernels")),
          Map.entry("engine.adapter", List.of("engine.error", "engine.model", "kernels")),
          Map.entry(
              "engine.adapter.merge",
              List.of(
                  "engine.error", "engine.model", "engine.adapter", "engine.sample", "kernels")),
          Map.entry(
              "engine.format.peft",
              List.of(
                  "engine.error",
                  "engine.format",
                  "engine.model",
                  "engine.adapter",
                  "engine.adapter.merge",
                  "kernels")),
          Map.entry(
              "engine.text", List.of("engine.error", "engine.format", "engine.text.template")),
          Map.entry("engine.text.template", List.of("engine.error")),
          Map.entry("engine.text.calls", List.of()),
          Map.entry("engine.sample", List.of("engine.error", "kernels")),
          Map.entry(
              "engine.spi",
              List.of("config", "engine.error", "engine.adapter", "engine.sample", "engine.model")),
          Map.entry(
              "engine.schedule",
              List.of(
                  "config",
                  "engine.error",
                  "engine.adapter",
                  "engine.sample",
                  "engine.spi",
                  "engine.kv",
                  "engine.memory")),
          Map.entry(
              "engine.step",
              List.of(
                  "config",
                  "engine.error",
                  "engine.adapter",
                  "engine.model",
                  "engine.sample",
                  "engine.spi",
                  "kernels")),
          Map.entry(
              "engine.cpu",
              List.of(
                  "config",
                  "engine.error",
                  "engine.adapter",
                  "engine.model",
                  "engine.sample",
                  "engine.spi",
                  "engine.step",
                  "kernels",
                  "kernels.foreign",
                  "kernels.reference",
                  "kernels.vector")));

  static Stream<String> packages() {
    Set<String> names = new TreeSet<>();
    CLASSES.forEach(c -> names.add(c.getPackageName()));
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void everyPackageImportsOnlyWhatItMay(String name) {
    String room = name.substring("io.lorikeet.".length());
    classes()
        .that()
        .resideInAPackage(name)
        .should()
        .onlyDependOnClassesThat(mayBeUsedBy(room))
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> mayBeUsedBy(String room) {
    DescribedPredicate<JavaClass> foreign =
        DescribedPredicate.not(resideInAPackage("io.lorikeet.."));
    return switch (room.replaceFirst("\\..*", "")) {
      case "gpu" -> foreign.or(resideIn("gpu", "config", "kernels", "engine"));
      case "actors" -> foreign.or(resideIn("actors", "config", "engine"));
      case "http" -> foreign.or(resideIn("http", "config", "engine", "actors"));
      case "cli" -> foreign.or(resideIn("cli", "config", "engine", "actors", "http"));
      default -> {
        List<String> allowed = ALLOWED.get(room);
        if (allowed == null) {
          throw new AssertionError("`" + room + "` is not in the table of allowed imports");
        }
        String[] exact =
            Stream.concat(Stream.of(room), allowed.stream())
                .map("io.lorikeet."::concat)
                .toArray(String[]::new);
        yield foreign.or(resideInAnyPackage(exact));
      }
    };
  }

  private static DescribedPredicate<JavaClass> resideIn(String... modules) {
    return resideInAnyPackage(
        Stream.of(modules).map(m -> "io.lorikeet." + m + "..").toArray(String[]::new));
  }

  @Test
  void theTableNamesNoPackageThatDoesNotExist() {
    Set<String> unknown = new TreeSet<>(ALLOWED.keySet());
    packages().forEach(name -> unknown.remove(name.substring("io.lorikeet.".length())));
    assertEquals(Set.of(), unknown);
  }

  @Test
  void everyPackageIsNullMarked() {
    List<String> unmarked =
        packages()
            .filter(name -> {
              JavaPackage found = CLASSES.getPackage(name);
              return !found.isAnnotatedWith(NullMarked.class);
            })
            .toList();
    assertEquals(List.of(), unmarked);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.lorikeet.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theVectorApiStaysInTheKernelsAndTheCpuExecutor() {
    onlyIn("jdk.incubator.vector..", "io.lorikeet.kernels..", ENGINE + "cpu..");
  }

  @Test
  void jcudaStaysInTheGpuModule() {
    onlyIn("jcuda..", "io.lorikeet.gpu..");
  }

  @Test
  void pekkoStaysInActorsAndHttp() {
    onlyIn("org.apache.pekko..", "io.lorikeet.actors..", "io.lorikeet.http..");
  }

  @Test
  void kamonStaysInTheMetrics() {
    onlyIn("kamon..", "io.lorikeet.actors.metrics..");
  }

  @Test
  void theNativeTokenizerStaysInTheText() {
    onlyIn("ai.djl..", ENGINE + "text");
  }

  private static void onlyIn(String library, String... rooms) {
    noClasses()
        .that()
        .resideOutsideOfPackages(rooms)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("pureRooms")
  void pureRoomsKnowNoClockNoFilesNoThreadsAndNoRandomness(String room) {
    noClasses()
        .that()
        .resideInAPackage(ENGINE + room)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "java.nio.file..", "java.io..", "java.util.concurrent..", "java.net.."))
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Random")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.Thread")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(CLASSES);
  }

  static Stream<String> pureRooms() {
    return Stream.of(
        "schedule", "kv", "memory", "sample", "adapter", "adapter.merge", "text.calls");
  }

  @Test
  void actorsNeverBlock() {
    noClasses()
        .that()
        .resideInAPackage("io.lorikeet.actors..")
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(java.util.concurrent.CompletableFuture.class, "join")
        .orShould()
        .callMethod(java.util.concurrent.CompletableFuture.class, "get")
        .check(CLASSES);
  }
}
