package org.vmcore.gdbstub.inspect.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.analyze.Analysis.Culprit;
import org.vmcore.gdbstub.linux.oops.ConsoleLog;

/** What a log tells beside the title. */
class LogVerdictTest {
  private static final String BUG =
      """
      [    3.000000] ------------[ cut here ]------------
      [    3.000000] kernel BUG at fs/ext4/inode.c:2750!
      [    3.000000] invalid opcode: 0000 [#1] SMP
      [    3.000000] CPU: 0 PID: 77 Comm: sh Tainted: G           O       6.1.0 #1
      [    3.000000] RIP: 0010:%s+0x5/0x10
      [    3.000000] Call Trace:
      [    3.000000]  <TASK>
      [    3.000000]  ext4_writepages+0x10/0x20
      [    3.000000]  do_writepages+0x10/0x20
      [    3.000000]  </TASK>
      """;

  private static final String TAINTS =
      "[    2.000000] lab: loading out-of-tree module taints kernel.\n";

  private static Analysis analysis(String log) throws Exception {
    return new LogVerdict(ConsoleLog.lines(log)).analysis();
  }

  @Test
  void theSourceOfTheCulpritNamesItsSubsystem() throws Exception {
    Culprit culprit = analysis(BUG.formatted("ext4_do_writepages")).culprit().orElseThrow();

    assertThat(culprit.source()).contains("fs/ext4/inode.c:2750");
    assertThat(culprit.subsystem()).contains("EXT4 FILE SYSTEM");
  }

  /** Whoever called the list's functions is to blame, and is elsewhere. */
  @Test
  void theSourceOfWhatItCalledIsNotItsOwn() throws Exception {
    Culprit culprit = analysis(BUG.formatted("__list_add_valid")).culprit().orElseThrow();

    assertThat(culprit.function()).isEqualTo("ext4_writepages");
    assertThat(culprit.subsystem()).isEmpty();
  }

  /** Which of its callers are still seen behind a smashed frame, is chance. */
  @Test
  void aSmashedStackIsKnownByItsFunction() throws Exception {
    String smashed =
        """
        [    3.000000] Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: smash+0x1/0x2
        [    3.000000] CPU: 0 PID: 77 Comm: sh Not tainted 6.1.0 #1
        [    3.000000] Call Trace:
        [    3.000000]  <TASK>
        [    3.000000]  panic+0x10/0x20
        [    3.000000]  __stack_chk_fail+0x10/0x20
        [    3.000000]  smash+0x10/0x20
        [    3.000000]  %s+0x10/0x20
        [    3.000000]  </TASK>
        """;

    assertThat(analysis(smashed.formatted("vfs_write")).signature())
        .isEqualTo(analysis(smashed.formatted("vfs_read")).signature());
    assertThat(analysis(smashed.formatted("vfs_read")).signature().functions())
        .containsExactly("smash");
  }

  @Test
  void itIsToldSinceWhenTheKernelWasTainted() throws Exception {
    assertThat(analysis(TAINTS + BUG.formatted("ext4_do_writepages")).statements())
        .extracting(Statement::says)
        .contains(
            "the kernel was tainted before it, since line 1 of the log: lab: loading out-of-tree"
                + " module taints kernel.");
    assertThat(analysis(BUG.formatted("ext4_do_writepages")).statements())
        .extracting(Statement::says)
        .contains("the kernel was tainted before it");
  }
}
