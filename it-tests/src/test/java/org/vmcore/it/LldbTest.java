package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

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

  /** The functions of the first thread, those that are inlined into others once. */
  private static List<String> functions(String shown) {
    int end = shown.indexOf("thread #2");
    return FRAME
        .matcher(end < 0 ? shown : shown.substring(0, end))
        .results()
        .map(frame -> frame.group(2))
        .toList();
  }

  @Test
  void aDumpThatCameAloneHasNamesAndTypes() {
    try (Program server = Program.serve(CorpusDump.ZLIB.file())) {
      Command.Result result =
          Lldb.run(
              server,
              "thread backtrace all",
              "p init_task.comm",
              "expression *(struct list_head *) &modules",
              "image lookup --address `&vfs_write`");
      String shown = result.out().substring(result.out().indexOf("thread backtrace all"));

      assertThat(functions(shown)).as(result.toString()).startsWith(TRACE.toArray(String[]::new));
      assertThat(shown)
          .containsPattern("thread #2.*CPU 0(.*\\n)+.*`cpu_startup_entry")
          .contains("\"swapper/0")
          .contains("next = 0xffffffffc0")
          .contains("`vfs_write");
    }
  }

  @Test
  void vmlinuxGivesLinesAndModulesAreAtTheirAddresses() {
    try (Program server =
        Program.serve(CorpusDump.ZLIB.file(), "--vmlinux", CorpusDump.ZLIB.vmlinux())) {
      assertLinesAndModules(Lldb.run(server, "thread backtrace", "image list", "p init_task.pid"));
    }
  }

  /** Which the server does not have. */
  @Test
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
    assertThat(functions(shown).stream().distinct())
        .as(result.toString())
        .startsWith(TRACE.toArray(String[]::new));
    assertThat(shown).contains("crashme.ko`crashme_level3", "read_write.c:");
    assertThat(shown).containsPattern("\\(pid_t\\) (\\$0 = )?0");
    for (String module : CorpusDump.ZLIB.text("modules.txt").lines().toList()) {
      // As /proc/modules has it.
      String[] fields = module.split(" ", -1);
      assertThat(shown).contains(fields[5] + " /", "/" + fields[0] + ".ko");
    }
  }

  @Test
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
