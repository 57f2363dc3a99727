package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabCache;

/** The root of a Debian with nothing but what is essential. */
final class BareDebian implements AutoCloseable {
  private static final String SCRIPT = Checkout.lab("bare-debian").toString();
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final Path root;

  private BareDebian(Path root) {
    this.root = root;
  }

  /** Makes one in a directory that does not exist; skips the test where that cannot be. */
  static BareDebian make(String release, Path root) {
    LabCache.assumeItCould(
        Command.of(SCRIPT, "make", "--cache", "" + LabCache.ROOT, release, "" + root)
            .limit(LIMIT)
            .run());
    return new BareDebian(root);
  }

  Path root() {
    return root;
  }

  /** Copies a file to where the root user of it has it: {@code /root/NAME}. */
  void give(Path file, String name) throws IOException {
    Files.copy(file, root.resolve("root").resolve(name));
  }

  /** Runs a line of shell to its end. */
  Command.Result run(String line) {
    return run("sh", "-c", line);
  }

  Command.Result run(String... words) {
    List<String> all =
        new ArrayList<>(List.of(SCRIPT, "run", "--cache", "" + LabCache.ROOT, "" + root));
    all.addAll(List.of(words));
    return Command.of(all).limit(LIMIT).run();
  }

  /** The same of what must succeed; returns what it printed. */
  String must(String line) {
    Command.Result result = run(line);
    assertThat(result.exit()).as("%s: %s", line, result).isZero();
    return result.all();
  }

  /** Here, since JUnit would tell of each link that leads out of it. */
  @Override
  public void close() {
    Command.mustRun("rm", "-rf", "--one-file-system", root);
  }
}
