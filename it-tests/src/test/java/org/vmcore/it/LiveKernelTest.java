package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;

/**
 * One machine twice: alive, stopped by the gdbstub of QEMU, and as the dump that QEMU made of it in
 * that moment.
 */
@Tag("slow")
class LiveKernelTest {
  private static final String MODULE_DATA = "p &crashme_state";

  /** In a short path: sockets have no long ones. */
  @TempDir private Path directory;

  @Test
  void kernelsOwnScriptsDoOnTheDumpWhatTheyDoOnTheLiveKernel() throws IOException {
    Path config = directory.resolve("config.txt");
    Path dump = directory.resolve("dump.elf");
    Map<String, String> expected;
    String expectedConfig;
    String console;
    try (LiveKernel kernel = LiveKernel.boot(KernelScripts.KERNEL, directory)) {
      expected =
          KernelScripts.run(
              directory,
              connect(kernel.address()),
              List.of(MODULE_DATA, "monitor dump-guest-memory " + dump));
      expectedConfig = Files.readString(config);
      Files.delete(config);
      console = kernel.console();
    }
    assertThat(KernelScripts.failures(expected)).isEqualTo(KernelScripts.FAILING);
    Map<String, String> found;
    try (Program server = Program.serve(dump)) {
      found = KernelScripts.run(directory, connect(server.address()), List.of(MODULE_DATA));
    }
    // On the dump what lies in modules has names, on the live kernel only after lx-symbols.
    for (Map<String, String> shown : List.of(expected, found)) {
      shown.replaceAll((script, text) -> text.replaceAll("(0xffffffffc0\\w+) <[^>]*>", "$1"));
    }
    assertThat(expected).containsAllEntriesOf(found);
    assertThat(config).hasContent(expectedConfig);

    assertHasNotCrashed(dump);

    // The kernel's own word for it.
    Matcher data = Pattern.compile("crashme_state va=(\\w+)").matcher(console);
    assertThat(data.find()).as(console).isTrue();
    assertThat(found.get(MODULE_DATA)).contains(data.group(1));
  }

  /** Nothing had happened to it when QEMU was told to write it down. */
  private static void assertHasNotCrashed(Path dump) {
    assertThat(Program.run("sys", dump).out())
        .contains("PANIC: (not crashed: no CPU is in a panic")
        .doesNotContain("(PANIC)");
    Command.Result verdict = Program.run("analyze", dump);
    assertThat(verdict.err()).contains("this machine had not crashed");
    assertThat(verdict.exit()).isEqualTo(1);
  }

  private static List<String> connect(Object address) {
    return List.of("file " + KernelScripts.KERNEL.vmlinux(), "target remote " + address);
  }
}
