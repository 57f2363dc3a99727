package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.util.List;

/** Runs the system's own programs, which know nothing of this project. */
public final class Tools {
  private Tools() {}

  /** All that the program prints; the test is skipped where it is not installed. */
  public static String run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      process = builder.start();
    } catch (IOException e) {
      return abort(command[0] + " is not installed");
    }
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + " failed:\n" + output);
    }
    return output;
  }
}
