package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Real programs that tests hold us against; a test whose program is not installed is skipped. */
public final class Programs {
  private Programs() {}

  public static void assumeInstalled(String program) {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    assumeTrue(found, program + " is not installed");
  }

  /** Runs a program that must succeed, and returns all that it prints. */
  public static String run(String program, Object... arguments)
      throws IOException, InterruptedException {
    assumeInstalled(program);
    ProcessBuilder builder = new ProcessBuilder(program);
    Arrays.stream(arguments).map(Object::toString).forEach(builder.command()::add);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    assertThat(process.waitFor()).as("%s: %s", builder.command(), output).isZero();
    return output;
  }
}
