package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;

/** Clients that npm has, installed below target. */
final class Npm {
  private static final Path PREFIX = Checkout.target("it-tests").resolve("lab/npm");

  private Npm() {}

  /** Where a package is, installed if need be; skips the test where that cannot be. */
  static synchronized Path installed(String name) {
    Path module = PREFIX.resolve("node_modules").resolve(name);
    if (!Files.exists(module)) {
      assumeTrue(Command.isInstalled("npm"), "npm is not installed");
      // What some would compile are pseudo-terminals, for programs that they start themselves.
      Command.Result installed =
          Command.of(
                  "npm",
                  "install",
                  "--ignore-scripts",
                  "--no-audit",
                  "--no-fund",
                  "--prefix",
                  PREFIX.toString(),
                  name)
              .limit(Duration.ofMinutes(3))
              .run();
      assumeTrue(Files.exists(module), "npm cannot install " + name + ": " + installed.err());
    }
    return module;
  }
}
