package io.lorikeet.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Benchmarks do not rot: each runs. */
final class BenchmarksTest {
  @Test
  void everyBenchmarkRunsOnceWithEachOfItsParameters() throws RunnerException {
    Options once =
        new OptionsBuilder()
            .forks(0)
            .mode(Mode.SingleShotTime)
            .warmupIterations(0)
            .measurementIterations(1)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();

    Collection<RunResult> results = new Runner(once).run();

    results.forEach(
        result -> assertFalse(result.getBenchmarkResults().isEmpty(), result.toString()));
    Set<String> classes =
        results.stream()
            .map(result -> result.getParams().getBenchmark())
            .map(name -> name.replaceFirst("\\.\\w+$", "").replaceFirst(".*\\.", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        Set.of(
            "AttentionBenchmark",
            "ChatTemplateBenchmark",
            "DetokenizerBenchmark",
            "MatmulBenchmark",
            "SamplerBenchmark",
            "SchedulerBenchmark"),
        classes);
  }
}
