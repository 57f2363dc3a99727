package org.vmcore.triage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.app.Triage;
import org.vmcore.gdbstub.machine.MachineOptions;

/** Collects in a process of its own, which can be killed: {@code DIRECTORY DATABASE}. */
final class CollectMain {
  private CollectMain() {}

  public static void main(String[] arguments) throws Exception {
    collect(Path.of(arguments[0]), Path.of(arguments[1]));
  }

  static int collect(Path directory, Path database) throws Exception {
    Triage.Collection collection =
        new Triage.Collection(
            List.of(directory),
            List.of(),
            database,
            // By name, so that what is no dump any more is recorded too.
            Optional.of("*"),
            Runtime.getRuntime().availableProcessors(),
            Duration.ofMinutes(5),
            false,
            MachineOptions.defaults());
    return new TriageTool().collect(collection, System.err);
  }
}
