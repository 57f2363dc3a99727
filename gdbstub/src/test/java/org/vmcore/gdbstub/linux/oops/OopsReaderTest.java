package org.vmcore.gdbstub.linux.oops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class OopsReaderTest {
  private static final String X86 =
      """
      BUG: kernel NULL pointer dereference, address: 0000000000000018
      #PF: supervisor read access in kernel mode
      #PF: error_code(0x0000) - not-present page
      Oops: 0000 [#1] SMP PTI
      CPU: 3 PID: 4711 Comm: cat Kdump: loaded Tainted: G           O       6.1.0 #1
      RIP: 0010:memcpy_erms+0x6/0x10
      Call Trace:
       <TASK>
       ? foo_guess+0x1/0x2
       foo_read.isra.0+0x12/0x80 [foo]
       vfs_read+0xa1/0x2b0
       __x64_sys_read+0x16/0x20
       do_syscall_64+0x3b/0x90
       entry_SYSCALL_64_after_hwframe+0x63/0xcd
      RIP: 0033:0x7f0000000000
       </TASK>
      ---[ end trace 0000000000000000 ]---
      Kernel panic - not syncing: Fatal exception
      """;

  private static final String ARM64 =
      """
      Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018
      Mem abort info:
      Internal error: Oops: 0000000096000004 [#1] SMP
      CPU: 0 PID: 99 Comm: cat Tainted: G O 6.12.0 #1
      pc : __pi_memcpy+0x10/0x20
      lr : foo_read+0x30/0x90 [foo]
      Call trace:
       __pi_memcpy+0x10/0x20
       foo_read+0x30/0x90 [foo]
       vfs_read+0xc8/0x2b0
       __arm64_sys_read+0x20/0x30
       invoke_syscall+0x50/0x120
       el0_svc_common.constprop.0+0x48/0xf0
       el0t_64_sync+0x190/0x194
      ---[ end trace 0000000000000000 ]---
      """;

  private static final String S390 =
      """
      Unable to handle kernel pointer dereference in virtual kernel address space
      Failing address: 6f6f2d6c6f6e6000 TEID: 6f6f2d6c6f6e6%s
      Fault in home space mode while using kernel ASCE.
      AS:0000000001290007 R3:0000000000000024\s
      Oops: 0038 ilc:3 [#1] SMP\s
      CPU: 1 PID: 93 Comm: lab-text Tainted: G           OE      6.1.0 #1
      Krnl PSW : 0704e00180000000 000003ff7fd02616 (lab_text+0x16/0xb8 [lab_causes])
      Call Trace:
       [<000003ff7fd02616>] lab_text+0x16/0xb8 [lab_causes]\s
       [<0000000000171234>] kthread+0x124/0x130\s
      Kernel panic - not syncing: Fatal exception: panic_on_oops
      """;

  /** What was done is told by a word of the processor's. */
  @Test
  void accessesAreTold() {
    String aborted = "Mem abort info:\n";
    assertThat(only(ARM64.replace(aborted, aborted + "  CM = 0, WnR = 1\n")).access())
        .contains(Oops.Access.WRITE);
    assertThat(only(ARM64.replace(aborted, aborted + "  CM = 0, WnR = 0\n")).access())
        .contains(Oops.Access.READ);
    assertThat(
            only(ARM64.replace(aborted, aborted + "  EC = 0x21: IABT (current EL), IL = 32 bits\n"))
                .access())
        .contains(Oops.Access.EXECUTE);
    assertThat(only(S390.formatted("803")).access()).contains(Oops.Access.READ);
    assertThat(only(S390.formatted("403")).access()).contains(Oops.Access.WRITE);
    assertThat(only(S390.formatted("003")).access()).isEmpty();
  }

  @Test
  void exceptionsOfOtherArchitecturesHaveTheSameTitles() {
    String rest = S390.substring(S390.indexOf("CPU: 1"));
    assertThat(only("illegal operation: 0001 ilc:1 [#1] SMP\n" + rest).failure())
        .isEqualTo(FailureClass.INVALID_OPCODE);
    assertThat(only("fixpoint divide exception: 0009 ilc:2 [#1] SMP\n" + rest).title())
        .isEqualTo("divide error in lab_text");
    String arm64 =
        "Internal error: Oops - Undefined instruction: 0000000002000000 [#1] SMP\n"
            + ARM64.substring(ARM64.indexOf("CPU: 0"));
    assertThat(only(arm64).failure()).isEqualTo(FailureClass.INVALID_OPCODE);
    assertThat(only(ARM64.replace("NULL pointer dereference", "write to read-only memory")).title())
        .startsWith("BUG: unable to handle kernel paging request in ");
  }

  private static Oops only(String log) {
    List<Oops> found = OopsReader.read(ConsoleLog.lines(log));
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void aReportHasItsFacts() {
    Oops oops = only(X86);
    assertThat(oops.title())
        .isEqualTo("BUG: unable to handle kernel NULL pointer dereference in foo_read");
    assertThat(oops.type()).contains("NULL-POINTER-DEREFERENCE");
    assertThat(oops.failure()).isEqualTo(FailureClass.NULL_DEREFERENCE);
    assertThat(oops.module()).contains("foo");
    assertThat(oops.access()).contains(Oops.Access.READ);
    assertThat(oops.address()).hasValue(0x18);
    assertThat(oops.cpu()).hasValue(3);
    assertThat(oops.pid()).hasValue(4711);
    assertThat(oops.command()).contains("cat");
    assertThat(oops.release()).contains("6.1.0");
    assertThat(oops.tainted()).hasValueSatisfying(taint -> assertThat(taint).contains("G"));
    assertThat(oops.panicked()).isTrue();
    assertThat(oops.damaged()).isFalse();
  }

  /** As a kernel prints the address of memory that it poisoned, and of a stack, which it hides. */
  @Test
  void anAddressIsWhatIsPrintedAsOne() {
    Oops fault =
        only(
            "general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b9b:"
                + " 0000 [#1] PREEMPT SMP\n");
    assertThat(fault.address()).hasValue(0x6b6b6b6b6b6b6b9bL);
    Oops stack = only("BUG: TASK stack guard page was hit at 00000000066d8499 (stack is ...)\n");
    assertThat(stack.address()).isEmpty();
  }

  @Test
  void theSignatureIsThatOfTheOtherArchitecture() {
    Signature here = Signature.of(only(X86).stack(), "");
    Signature there = Signature.of(only(ARM64).stack(), "");
    assertThat(here.functions()).containsExactly("foo_read", "vfs_read", "read");
    assertThat(there.functionsId()).isEqualTo(here.functionsId());
    assertThat(here.stack()).contains("foo:foo_read");
  }

  /** What failed in a softirq is the same, whatever the interrupt came upon before it. */
  @Test
  void theSignatureEndsWhereAnInterruptCame() {
    String fault =
        """
        BUG: kernel NULL pointer dereference, address: 0000000000000018
        RIP: 0010:foo_timer+0x12/0x20 [foo]
        Call Trace:
         call_timer_fn+0x27/0x130
         handle_softirqs+0xd7/0x280
        """;
    String onIdle =
        fault + " __irq_exit_rcu+0xac/0xe0\n do_idle+0x206/0x2b0\n rest_init+0xca/0xd0\n";
    String inThread = fault + " run_ksoftirqd+0x2c/0x40\n kthread+0xd7/0x100\n";
    Oops idle = only(onIdle);
    Oops thread = only(inThread);
    assertThat(Signature.of(idle.stack(), "").stack())
        .containsExactly("foo:foo_timer")
        .isEqualTo(Signature.of(thread.stack(), "").stack());
  }

  @Test
  void aLogIsReadFromWhereverItWasKept() {
    String title = only(X86).title();
    for (String prefix :
        List.of(
            "<4>",
            "[   12.345678] ",
            "<1>[12345.345678] ",
            "[   12.345678][ T4711] ",
            "[   12.345678][    C3] ",
            "[   12.345678@3] ".replace("@3", ""),
            "kern  :alert : [   12.345678] ",
            "[Mon Jan  2 03:04:05 2026] ",
            "Jan  2 03:04:05 host kernel: [   12.345678] ",
            "2026-01-02T03:04:05+0100 host kernel: ")) {
      String log = X86.lines().map(line -> prefix + line).collect(Collectors.joining("\r\n"));
      assertThat(only(log).title()).as(prefix).isEqualTo(title);
    }
  }

  @Test
  void lockdepNamesWhoAskedForTheLock() {
    Oops oops =
        only(
            """
            WARNING: possible circular locking dependency detected
            6.1.0 #1 Not tainted
            task/7 is trying to acquire lock:
            ffff888000000000 (&a->lock){+.+.}-{3:3}, at: bar_open+0x20/0x90
            but task is already holding lock:
            ffff888000000100 (&b->lock){+.+.}-{3:3}, at: bar_ioctl+0x20/0x90
            stack backtrace:
            CPU: 1 PID: 7 Comm: task Not tainted 6.1.0 #1
            Call Trace:
             dump_stack_lvl+0x5b/0x90
             print_circular_bug+0x1/0x2
             __mutex_lock+0x50/0x900
             bar_open+0x20/0x90
            """);
    assertThat(oops.title()).isEqualTo("possible deadlock in bar_open");
    assertThat(oops.type()).contains("LOCKDEP");
  }

  @Test
  void whatStandsInTheTextOfOthersIsNoReport() {
    assertThat(
            OopsReader.read(
                ConsoleLog.lines(
                    """
                    INFO: lockdep is turned off.
                    traps: prog[1] general protection fault ip:7f sp:20 error:0 in prog[7f+8]
                    foo: Unknown parameter 'Kernel panic'
                    """)))
        .isEmpty();
  }

  @Test
  void theOopsIsWhatWentWrongAndNotAWarningBeforeIt() {
    String warning =
        """
        WARNING: CPU: 1 PID: 7 at net/core/dev.c:10 some_warning+0x1/0x2
        CPU: 1 PID: 7 Comm: task Not tainted 6.1.0 #1
        RIP: 0010:some_warning+0x1/0x2
        Call Trace:
         some_caller+0x1/0x2
        ---[ end trace 0000000000000000 ]---
        """;
    List<Oops> reports = OopsReader.read(ConsoleLog.lines(warning + X86));
    assertThat(reports).extracting(Oops::title).first().isEqualTo("WARNING in some_warning");
    assertThat(OopsReader.first(reports))
        .map(Oops::failure)
        .contains(FailureClass.NULL_DEREFERENCE);
  }

  @Test
  void hostileTextEndsInAnAnswer() {
    Random random = new Random(20260101);
    List<String> pieces =
        List.of(
            "BUG: KASAN: ",
            " in ",
            "+0x1/0x2",
            "[<",
            "WARNING: ",
            "CPU: ",
            " at ",
            "\n",
            "Call Trace:",
            " from ",
            "RIP: 0010:",
            "(((",
            "....",
            "a",
            " ",
            "::",
            "<>",
            "\u0000",
            "\u001b[2J",
            "[   1.0] ");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int round = 0; round < 300; round++) {
            StringBuilder log = new StringBuilder();
            for (int i = 0; i < 200; i++) {
              log.append(pieces.get(random.nextInt(pieces.size())));
            }
            assertThat(OopsReader.read(ConsoleLog.lines(log.toString()))).isNotNull();
          }
          for (String piece : pieces) {
            String log = "BUG: KASAN: x in " + piece.repeat(20_000);
            assertThat(OopsReader.read(ConsoleLog.lines(log))).isNotNull();
          }
        });
  }
}
