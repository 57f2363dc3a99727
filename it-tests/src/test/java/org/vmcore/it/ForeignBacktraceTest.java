package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.vmcore.testing.NeedsCorpus;

/** The backtraces of other machines in gdb-multiarch. */
@Tag("slow")
@NeedsCorpus
class ForeignBacktraceTest {
  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ (?:\\[PAC] )?in )?(\\w+)[\\w.]* \\(");

  private static final Pattern THREAD = Pattern.compile("(?m)^Thread \\d+ \\(");
  private static final String[] PANIC = {
    "panic", "sysrq_handle_crash", "__handle_sysrq", "write_sysrq_trigger", "vfs_write"
  };

  /** Deeper than any stack in the corpus. */
  private static final int LIMIT = 60;

  /** Of a vmlinux that gdb has read itself; on s390x that one misleads it. */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"S390X_KDUMP"})
  void namesThePanicPath(ForeignDump dump) {
    try (Program server = Program.serve(dump.file(), "--vmlinux", dump.vmlinux())) {
      String shown =
          Gdb.multiarch().symbols(dump.vmlinux()).connect(server).ex("bt " + LIMIT).run().all();

      assertThat(frames(shown))
          .as(shown)
          .contains("sysrq_handle_crash", "__handle_sysrq", "vfs_write");
    }
  }

  /** Of the vmlinux that the server gives it, and of all tasks. */
  @ParameterizedTest
  @EnumSource
  void goesThroughAllStacks(ForeignDump dump) {
    try (Program server =
        Program.serve(
            dump.file(),
            "--vmlinux",
            dump.vmlinux(),
            "--types",
            dump.module(),
            "--threads",
            "tasks")) {
      String shown = backtraces(server);

      assertThat(shown).as("the last thread").contains("Thread 1 (");
      String crashed =
          shown.substring(0, THREAD.matcher(shown).results().findFirst().orElseThrow().start());
      assertThat(frames(crashed)).as(crashed).containsSubsequence(PANIC);
      assertThat(shown).contains("#1 ").doesNotContain("#%d ".formatted(LIMIT - 1), "PC not saved");
      assertThat(THREAD.matcher(shown).results().count()).isGreaterThan(25);
    }
  }

  /** Of nothing but the dump. */
  @ParameterizedTest
  @EnumSource(names = {"ARM_KDUMP", "ARM_QEMU", "ARM_LPAE_QEMU", "S390X_KDUMP", "S390X_QEMU"})
  void goesThroughTheCrashedStackWithoutAnyFile(ForeignDump dump) {
    try (Program server = Program.serve(dump.file())) {
      String shown = backtraces(server);

      assertThat(shown).contains("Thread 1 (").doesNotContain("PC not saved");
      assertThat(frames(shown)).as(shown).containsSubsequence(PANIC);
    }
  }

  /** Into user programs, of which gdb knows nothing, or to where tasks begin. */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.MATCH_ALL,
      names = {"I386_.*"})
  void endsAllStacksWhereTasksBegin(ForeignDump dump) {
    try (Program server = Program.serve(dump.file(), "--threads", "tasks")) {
      assertThat(backtraces(server))
          .contains("in ret_from_fork (", "in startup_32_smp (", "in entry_SYSENTER_32 (")
          .doesNotContain("corrupt stack");
    }
  }

  private static String backtraces(Program server) {
    return Gdb.multiarch()
        .connect(server)
        .ex("bt " + LIMIT, "thread apply all bt " + LIMIT)
        .run()
        .all();
  }

  private static List<String> frames(String shown) {
    return FRAME.matcher(shown).results().map((MatchResult line) -> line.group(1)).toList();
  }
}
