package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** The backtrace of the crashed CPU, against what the dying kernel printed itself. */
class BacktraceTest {
  private static final Pattern MODULE = Pattern.compile("(?m)^(\\S+) .* (0x[0-9a-f]+)");

  @Test
  void namesTheFunctionsThatTheKernelPrinted() {
    assertNamesPrinted(RealDump.typed());
  }

  /**
   * Two dumps have nothing to compare: the oops of the one is not in its log, and QEMU saved the
   * other long after its oops, inside panic().
   */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource
  @Tag("slow")
  void namesThemOnEveryDump(RealDump dump) {
    assertNamesPrinted(dump);
  }

  static Stream<RealDump> namesThemOnEveryDump() {
    return RealDump.others().stream()
        .filter(dump -> dump != CorpusDump.DISK_FULL && dump != CorpusDump.QEMU_ELF);
  }

  private static void assertNamesPrinted(RealDump dump) {
    List<String> printed = CallTrace.printed(dump.lastWords());
    assertThat(printed).contains("vfs_write").hasSizeGreaterThan(6);

    try (Program server = Program.serve(dump.file())) {
      Gdb gdb = Gdb.batch();
      if (dump instanceof CorpusDump ours) {
        addModules(gdb.symbols(ours.vmlinux()).connect(server), ours);
      } else {
        gdb.connect(server);
      }
      String shown = gdb.ex("bt 30").run().all();
      CallTrace.assertShows(shown, printed);
    }
  }

  /** As the user does where the server has no files of modules. */
  private static void addModules(Gdb gdb, CorpusDump dump) {
    for (MatchResult module : MODULE.matcher(dump.text("modules.txt")).results().toList()) {
      Path object = dump.modules().resolve(module.group(1).replace('_', '-') + ".ko");
      Path other = dump.modules().resolve(module.group(1) + ".ko");
      gdb.ex(
          "add-symbol-file %s %s"
              .formatted(other.toFile().exists() ? other : object, module.group(2)));
    }
  }
}
