package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The backtrace of the crashed CPU, against what the dying kernel printed itself. */
class BacktraceTest {
  /** The trace's lines, without the ones marked "?", which the kernel does not believe either. */
  private static final Pattern PRINTED =
      Pattern.compile("(?m)^\\[ *[0-9.]+\\]  (?:RIP: 0010:)?([\\w.]+)\\+0x[0-9a-f]+/");

  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ in )?([\\w.]+) \\(");

  private static final Pattern MODULE = Pattern.compile("(?m)^(\\S+) .* (0x[0-9a-f]+)");

  /**
   * Two dumps have nothing to compare: the oops of the one is not in its log, and QEMU saved the
   * other long after its oops, inside panic().
   */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"DISK_FULL", "QEMU_ELF"})
  void namesTheFunctionsThatTheKernelPrinted(CorpusDump dump) {
    List<String> printed = names(PRINTED, dump.text("oops.txt"));
    // It prints the trace, from within panic(); the registers were saved after it returned.
    printed.remove("dump_stack_lvl");
    assertThat(printed).contains("vfs_write").hasSizeGreaterThan(6);

    try (Program server = Program.serve(dump.file())) {
      Gdb gdb = Gdb.batch().symbols(dump.vmlinux()).connect(server);
      addModules(gdb, dump);
      String shown = gdb.ex("bt 30").run().all();
      inOrder(names(FRAME, shown), printed, shown);
    }
  }

  private static void addModules(Gdb gdb, CorpusDump dump) {
    for (MatchResult module : MODULE.matcher(dump.text("modules.txt")).results().toList()) {
      Path object = dump.modules().resolve(module.group(1).replace('_', '-') + ".ko");
      Path other = dump.modules().resolve(module.group(1) + ".ko");
      gdb.ex(
          "add-symbol-file %s %s"
              .formatted(other.toFile().exists() ? other : object, module.group(2)));
    }
  }

  /** Functions without what the compiler appended for its clones, such as {@code .isra.0}. */
  private static List<String> names(Pattern pattern, String text) {
    List<String> names = new ArrayList<>();
    pattern
        .matcher(text)
        .results()
        .map(line -> line.group(1).replaceFirst("\\..*", ""))
        // The label within it that the call returns to.
        .map(name -> name.replace("entry_SYSCALL_64_after_hwframe", "entry_SYSCALL_64"))
        .forEach(names::add);
    return names;
  }

  /** Others may come between: gdb shows inlined functions, and what ran after the printing. */
  private static void inOrder(List<String> frames, List<String> expected, String shown) {
    Iterator<String> frame = frames.iterator();
    for (String name : expected) {
      boolean found = false;
      while (!found && frame.hasNext()) {
        found = frame.next().equals(name);
      }
      assertThat(found).as("%s in its place in %s of:%n%s", name, frames, shown).isTrue();
    }
  }
}
