package org.vmcore.gdbstub.app;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.machine.MachineOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * What is to be examined, and how: options of {@code triage} and of whatever else does the same
 * work.
 */
public final class TriageWork {
  @Parameters(
      arity = "0..*",
      paramLabel = "SOURCE",
      description =
          "Dumps, text of kernel logs, directories with them, which are searched through, and"
              + " URIs; those of buckets and sftp that end in '/' stand for all that is below.")
  private List<Path> sources = List.of();

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description =
          "A file with a source in each line: a URI, or a path below its own directory or a"
              + " directory named as SOURCE. May be repeated.")
  private List<Path> lists = List.of();

  @Option(
      names = "--match",
      paramLabel = "GLOB",
      description = "Of the files in directories those whose name is so, such as 'vmcore*'.")
  private @Nullable String match;

  @Option(
      names = "--time-limit",
      paramLabel = "SECONDS",
      description = "How long one may take (default: ${DEFAULT-VALUE}).")
  private int seconds = 300;

  @Option(names = "--again", description = "Do also what there is an unchanged record of.")
  private boolean again;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /**
   * Refuses what nothing can be done with.
   *
   * @throws ParameterException which says what to name
   */
  public void check() {
    if (sources.isEmpty() && lists.isEmpty()) {
      throw refusal("name dumps, directories or a --list");
    }
    if (seconds < 1) {
      throw refusal("--time-limit must be 1 or more");
    }
  }

  /** Says what is wrong with the options of the command that these are part of. */
  ParameterException refusal(String reason) {
    return new ParameterException(requireNonNull(spec).commandLine(), reason);
  }

  /** How long one may take. */
  public Duration limit() {
    return Duration.ofSeconds(seconds);
  }

  /** Whether to examine also what there is a record of. */
  public boolean again() {
    return again;
  }

  /**
   * The same as a collection.
   *
   * @param database where the records go, in the words of whoever keeps them
   * @param jobs dumps at a time
   */
  public Triage.Collection collection(Path database, int jobs, MachineOptions options) {
    return new Triage.Collection(
        sources, lists, database, Optional.ofNullable(match), jobs, limit(), again, options);
  }
}
