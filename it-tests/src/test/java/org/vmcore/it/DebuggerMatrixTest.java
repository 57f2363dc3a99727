package org.vmcore.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/**
 * The same crash in the debuggers that people have, whoever has symbols of the kernel: all show
 * threads, the backtrace down to the user's frame, lines, locals, types of modules and per-CPU
 * variables.
 */
@NeedsCorpus
@Tag("slow")
class DebuggerMatrixTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;

  /** A frame of gdb's and one of LLDB's, without what is inlined. */
  private static final Pattern FRAME =
      Pattern.compile(
          "(?m)^#\\d+ +(?:0x[0-9a-f]+ in )?(\\w+)[\\w.]* \\("
              + "|^ *[* ] frame #\\d+: 0x[0-9a-f]{16} \\S+?`(\\w+)");

  /** The trace that the dying kernel printed. */
  private static final List<String> TRACE =
      List.of(
          "crashme_level3",
          "crashme_level2",
          "crashme_level1",
          "crashme_write",
          "proc_reg_write",
          "vfs_write",
          "ksys_write",
          "do_syscall_64");

  /** Who has a vmlinux. */
  enum Vmlinux {
    NOBODY,
    SERVER,
    /** With the files of modules. */
    SERVER_WITH_MODULES,
    DEBUGGER;

    boolean isKnown() {
      return this != NOBODY;
    }

    Object[] options() {
      return switch (this) {
        case NOBODY, DEBUGGER -> new Object[0];
        case SERVER -> new Object[] {"--vmlinux", DUMP.vmlinux()};
        case SERVER_WITH_MODULES ->
            new Object[] {"--vmlinux", DUMP.vmlinux(), "--debug-dir", DUMP.modules()};
      };
    }

    Optional<Path> file() {
      return this == DEBUGGER ? Optional.of(DUMP.vmlinux()) : Optional.empty();
    }
  }

  static Stream<Arguments> rows() {
    return Stream.of(Debugger.values())
        .flatMap(
            debugger -> Stream.of(Vmlinux.values()).map(owner -> Arguments.of(debugger, owner)));
  }

  static Stream<Arguments> gdbs() {
    return rows().filter(row -> !((Debugger) row.get()[0]).isLldb());
  }

  @ParameterizedTest(name = "{0}, vmlinux: {1}")
  @MethodSource("rows")
  void showsTheCrash(Debugger debugger, Vmlinux owner) throws Throwable {
    debugger.check(
        () -> {
          try (Program server = Program.serve(DUMP.file(), owner.options())) {
            String shown =
                debugger.isLldb()
                    ? lldb(debugger, owner, server)
                    : gdb(debugger, owner, server, "");
            SoftAssertions softly = new SoftAssertions();
            check(softly, debugger, owner, shown);
            softly.assertAll();
          }
        });
  }

  /** gdb itself advises this when it connects. */
  @ParameterizedTest(name = "{0}, vmlinux: {1}")
  @MethodSource("gdbs")
  void showsTheCrashWithAnotherSystemRoot(Debugger debugger, Vmlinux owner) throws Throwable {
    debugger.check(
        () -> {
          try (Program server = Program.serve(DUMP.file(), owner.options())) {
            SoftAssertions softly = new SoftAssertions();
            check(softly, debugger, owner, gdb(debugger, owner, server, "set sysroot /"));
            softly.assertAll();
          }
        });
  }

  /** What is different in numbers has words before it, which are the same for all. */
  private static String gdb(Debugger debugger, Vmlinux owner, Program server, String first) {
    Gdb gdb = Gdb.batch(debugger);
    owner.file().ifPresent(gdb::symbols);
    if (!first.isEmpty()) {
      gdb.ex(first);
    }
    return gdb.connect(server)
        .ex("info threads", "bt", "up 100", "printf \"user %#lx\\n\", $pc", "frame 0")
        .ex("printf \"size %d\\n\", (int) sizeof(struct crashme_state)")
        .ex("printf \"comm %s\\n\", init_task.comm")
        .ex("thread 1", "printf \"runqueue %d\\n\", runqueues.cpu", "echo first\\n")
        .ex("thread 2", "printf \"runqueue %d\\n\", runqueues.cpu")
        .run()
        .all();
  }

  private static String lldb(Debugger debugger, Vmlinux owner, Program server) {
    List<String> commands = new ArrayList<>(List.of("thread list", "thread backtrace"));
    commands.add("p init_task.comm");
    // It ends at the first error.
    commands.add("expression -- (int) sizeof(struct crashme_state)");
    return Lldb.run(
            debugger, owner.file().stream().toList(), server, commands.toArray(String[]::new))
        .all();
  }

  private static void check(SoftAssertions softly, Debugger debugger, Vmlinux owner, String shown) {
    List<String> functions =
        FRAME
            .matcher(shown.substring(Math.max(0, shown.indexOf("(lldb) thread backtrace"))))
            .results()
            .map(frame -> frame.group(1) == null ? frame.group(2) : frame.group(1))
            .distinct()
            .toList();
    // What is inlined is between them, where lines are known.
    softly
        .assertThat(functions.stream().filter(TRACE::contains))
        .as(shown)
        .containsExactlyElementsOf(TRACE);
    if (!debugger.isLldb() || owner != Vmlinux.DEBUGGER) {
      softly.assertThat(functions).anyMatch(name -> name.startsWith("entry_SYSCALL_64"));
    }
    if (debugger.isLldb()) {
      softly
          .assertThat(shown)
          .containsPattern("\\n  thread #1: .*'CPU 0 \\[swapper/0\\]'")
          .containsPattern("\\n\\* thread #2: .*'CPU 1 \\[init\\]'")
          .contains("\"swapper/0");
      if (owner == Vmlinux.NOBODY || owner == Vmlinux.SERVER_WITH_MODULES) {
        // Beside a vmlinux it has a module's types from the module's own file alone.
        softly.assertThat(shown).containsPattern("\\(int\\) (\\$\\d+ = )?56\\n");
      }
      if (owner != Vmlinux.DEBUGGER) {
        // It takes its own vmlinux at its word, which has none on the entry code.
        softly.assertThat(shown).containsPattern("frame #\\d+: 0x000000000047b7a0 *\\n(?! +frame)");
      }
    } else {
      softly
          .assertThat(shown)
          .containsPattern("\\n  1 .*\"CPU 0 \\[swapper/0\\]\"")
          .containsPattern("\\n\\* 2 .*\"CPU 1 \\[init\\]\"")
          .contains("\nuser 0x47b7a0\n", "\nsize 56\n", "\ncomm swapper/0\n")
          .doesNotContain("corrupt stack");
      if (owner != Vmlinux.DEBUGGER) {
        softly
            .assertThat(shown)
            .containsPattern("runqueue 0\\n(.*\\n)*first\\n(.*\\n)*runqueue 1\\n");
      }
    }
    if (owner.isKnown()) {
      softly
          .assertThat(shown)
          .containsPattern("vfs_write ?\\(.*count=.*5.* at .*read_write\\.c:582");
    }
    if (owner == Vmlinux.SERVER_WITH_MODULES) {
      softly
          .assertThat(shown)
          .containsPattern("crashme_level3 ?\\(.*depth=.*2\\) at .*crashme\\.c:66");
    }
  }
}
