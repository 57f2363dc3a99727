package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The corpus of real dumps, which lies outside the repository. Its files are unpacked once. */
public final class RealDumps {
  private static final Path ROOT =
      Path.of(System.getProperty("vmcore.corpus", "../../shared/corpus")).toAbsolutePath();
  private static final Path UNPACKED = Path.of("target", "corpus").toAbsolutePath();

  private RealDumps() {}

  /** A file of the corpus under its name there without {@code .xz}; skips the test without it. */
  public static synchronized Path file(String name) throws Exception {
    assumeTrue(
        Files.isDirectory(ROOT), "no corpus of dumps at " + ROOT + " (-Dvmcore.corpus=DIRECTORY)");
    Path plain = ROOT.resolve(name);
    if (Files.exists(plain)) {
      return plain;
    }
    Path packed = ROOT.resolve(name + ".xz");
    assumeTrue(Files.exists(packed), "the corpus has no " + name);
    Path result = UNPACKED.resolve(Files.size(packed) + "").resolve(name);
    if (!Files.exists(result)) {
      unpack(packed, result);
    }
    return result;
  }

  private static void unpack(Path packed, Path result) throws IOException, InterruptedException {
    Files.createDirectories(result.getParent());
    Path part = Files.createTempFile(result.getParent(), "part", "");
    Process xz =
        new ProcessBuilder("xz", "-dc", packed.toString()).redirectOutput(part.toFile()).start();
    assertThat(xz.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(xz.exitValue()).isZero();
    Files.move(part, result, StandardCopyOption.ATOMIC_MOVE);
  }

  public static CrashedMachine open(String name) throws Exception {
    return CrashedMachine.open(List.of(file(name)), MachineOptions.defaults());
  }
}
