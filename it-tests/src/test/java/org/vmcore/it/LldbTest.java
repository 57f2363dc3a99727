package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/** What a stock LLDB shows of real dumps that it is connected to and told nothing else of. */
class LldbTest {
  private static final Pattern FRAME =
      Pattern.compile("(?m)^ *[* ] frame #\\d+: 0x[0-9a-f]{16} (\\S+)`(\\w+)");

  /** The trace that the dying kernel printed, down to the system call. */
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

  /** The functions of a backtrace, those that are inlined into others once. */
  private static List<String> functions(String shown) {
    return FRAME.matcher(shown).results().map(frame -> frame.group(2)).distinct().toList();
  }

  /** The user's instruction, which the dying kernel printed, is where the last frame is. */
  private static void assertEndsInUserMode(String shown, long user) {
    assertThat(shown)
        .containsPattern(
            "`entry_SYSCALL_64\\w* .*\\n +frame #\\d+: 0x%016x *\\n(?! +frame)".formatted(user));
  }

  /** By what the dump alone tells: of the CPU that crashed, and of an idle one. */
  @Test
  void backtracesGoToTheirEnd() {
    try (Program server = Program.serve(CorpusDump.ZLIB.file())) {
      Command.Result result =
          Lldb.run(server, "thread backtrace", "thread select 1", "thread backtrace");
      String shown = result.out().substring(result.out().indexOf("thread backtrace"));

      assertThat(functions(shown)).as(result.toString()).startsWith(TRACE.toArray(String[]::new));
      assertEndsInUserMode(shown, CallTrace.userInstruction(CorpusDump.ZLIB.lastWords()));
      assertThat(shown).containsPattern("thread #1.*CPU 0(.*\\n)+.*`cpu_startup_entry");
    }
  }

  @Test
  void aDumpThatCameAloneHasNamesAndTypes() {
    RealDump dump = RealDump.typed();
    int crashed = dump.crashedCpu();
    try (Program server = Program.serve(dump.file())) {
      Command.Result result =
          Lldb.run(
              server,
              "thread list",
              "thread backtrace",
              "p init_task.comm",
              "expression *(struct list_head *) &modules",
              "image lookup --address `&vfs_write`");
      String shown = result.out().substring(result.out().indexOf("thread list"));

      assertThat(functions(shown)).contains(CallTrace.printed(dump.lastWords()).get(0));
      assertThat(shown)
          // As gdb numbers them, with the one that crashed selected.
          .containsPattern(
              "\\n\\* thread #%d: tid = %1$d, .*'CPU %d ".formatted(crashed + 1, crashed))
          .containsPattern("\\n  thread #%d: tid = %1$d, ".formatted(2 - crashed))
          .contains("\"swapper/0")
          .contains("next = 0xffffffffc0")
          .contains("`vfs_write");
    }
  }

  @Test
  @Tag("slow")
  void vmlinuxGivesLinesAndModulesAreAtTheirAddresses() {
    try (Program server =
        Program.serve(CorpusDump.ZLIB.file(), "--vmlinux", CorpusDump.ZLIB.vmlinux())) {
      assertLinesAndModules(Lldb.run(server, "thread backtrace", "image list", "p init_task.pid"));
    }
  }

  /** Where the kernel put them, and its assembly, which vmlinux does not describe. */
  @Test
  @Tag("slow")
  void modulesHaveLinesAndTheBacktraceGoesOnInUserMode() {
    try (Program server =
        Program.serve(
            CorpusDump.ZLIB.file(),
            "--vmlinux",
            CorpusDump.ZLIB.vmlinux(),
            "--debug-dir",
            CorpusDump.ZLIB.modules())) {
      Command.Result result =
          Lldb.run(
              server,
              "thread backtrace",
              "frame variable",
              "p crashme_state.magic",
              "image lookup --address `&crashme_write`",
              "thread select 1",
              "thread backtrace");
      String shown = result.out().substring(result.out().indexOf("thread backtrace"));
      assertLinesAndUserMode(result, shown);
      assertThat(shown)
          .contains("crashme_level3(s=0xffffffffc02ca020, depth=2) at crashme.c:66:5")
          // LLDB 14 goes on to the array's end where 19 stops at the first zero.
          .contains("(char[32]) local = \"local-2")
          // What the guest printed of it.
          .containsPattern("\\(u64\\) (\\$0 = )?1234605616436508552")
          .contains("`crashme_write at crashme.c:104")
          .containsPattern(
              "`start_kernel at main.c:\\d+:\\d+\\n.*`secondary_startup_64 at head_64.S:");
    }
  }

  private static void assertLinesAndUserMode(Command.Result result, String shown) {
    assertThat(functions(shown)).as(result.toString()).startsWith(TRACE.toArray(String[]::new));
    assertEndsInUserMode(shown, CallTrace.userInstruction(CorpusDump.ZLIB.lastWords()));
    assertThat(shown).contains("read_write.c:582", "entry_SYSCALL_64 at entry_64.S:121");
  }

  /** Which the server does not have. */
  @Test
  @Tag("slow")
  void aVmlinuxOfTheUserIsKeptAndModulesAreAdded() {
    try (Program server = Program.serve(CorpusDump.ZLIB.file())) {
      assertLinesAndModules(
          Lldb.runWithSymbols(
              CorpusDump.ZLIB.vmlinux(),
              server,
              "thread backtrace",
              "image list",
              "p init_task.pid"));
    }
  }

  private static void assertLinesAndModules(Command.Result result) {
    String shown = result.out().substring(result.out().indexOf("thread backtrace"));
    assertThat(functions(shown)).as(result.toString()).startsWith(TRACE.toArray(String[]::new));
    assertThat(shown).contains("crashme.ko`crashme_level3", "read_write.c:");
    assertThat(shown).containsPattern("\\(pid_t\\) (\\$0 = )?0");
    for (String module : CorpusDump.ZLIB.text("modules.txt").lines().toList()) {
      // As /proc/modules has it.
      String[] fields = module.split(" ", -1);
      assertThat(shown).contains(fields[5] + " /", "/" + fields[0] + ".ko");
    }
  }

  @Test
  @Tag("slow")
  void arm64() {
    try (Program server = Program.serve(ForeignDump.ARM64_KDUMP.file())) {
      Command.Result result = Lldb.run(server, "thread list", "thread backtrace");
      assertThat(functions(result.out().substring(result.out().indexOf("thread backtrace"))))
          .as(result.toString())
          .startsWith("__crash_kexec", "panic", "sysrq_handle_crash", "__handle_sysrq")
          .endsWith("el0t_64_sync_handler", "el0t_64_sync");
      assertThat(result.out()).contains("thread #2");
    }
  }
}
