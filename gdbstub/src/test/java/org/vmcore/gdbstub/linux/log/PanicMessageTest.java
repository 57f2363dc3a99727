package org.vmcore.gdbstub.linux.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Which of the messages of several architectures' kernels says why the machine died. */
class PanicMessageTest {
  private static Optional<String> of(String... texts) {
    return PanicMessage.of(records(texts));
  }

  private static List<LogRecord> records(String... texts) {
    return Arrays.stream(texts)
        .map(
            text ->
                new LogRecord(
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    text))
        .toList();
  }

  @Test
  void anOopsThatWasFatalSaysMoreThanThePanic() {
    assertThat(
            of(
                "BUG: kernel NULL pointer dereference, address: 0000000000000000",
                "Oops: 0002 [#1] SMP NOPTI",
                "Kernel panic - not syncing: Fatal exception in interrupt"))
        .hasValue("Oops: 0002 [#1] SMP NOPTI");
    assertThat(
            of(
                "Unable to handle kernel paging request at virtual address dead000000000100",
                "Internal error: Oops: 96000044 [#1] SMP",
                "Kernel panic - not syncing: Fatal exception"))
        .hasValue("Internal error: Oops: 96000044 [#1] SMP");
  }

  @Test
  void otherPanicsSayWhyThemselves() {
    assertThat(
            of(
                "Oops: 0002 [#1] SMP PTI",
                "sysrq: Trigger a crash",
                "Kernel panic - not syncing: sysrq triggered crash",
                "---[ end Kernel panic - not syncing: sysrq triggered crash ]---"))
        .hasValue("Kernel panic - not syncing: sysrq triggered crash");
    assertThat(of("Kernel panic - not syncing: Fatal exception"))
        .hasValue("Kernel panic - not syncing: Fatal exception");
  }

  @Test
  void withoutEitherItIsTheRequestOrNothing() {
    assertThat(of("sysrq: Trigger a crash", "more")).hasValue("sysrq: Trigger a crash");
    assertThat(of("SysRq : Trigger a crash")).hasValue("SysRq : Trigger a crash");
    assertThat(of("all is well", "")).isEmpty();
  }

  /** As Linux 3.10 ended, and 2.6.32, whose oops has the CPU in a line of its own. */
  @Test
  void aRequestIsCarriedOutByAnOopsUntil51() {
    List<LogRecord> records =
        records(
            "SysRq : Trigger a crash",
            "BUG: unable to handle kernel NULL pointer dereference at           (null)",
            "IP: [<ffffffff8116919d>] sysrq_handle_crash+0xd/0x20",
            "Oops: 0002 [#1] SMP ",
            "CPU: 1 PID: 1 Comm: init Tainted: G           O 3.10.99-oldlab #2",
            "Kernel panic - not syncing: Fatal exception");
    assertThat(PanicMessage.of(records)).hasValue("SysRq : Trigger a crash");
    assertThat(PanicMessage.cpu(records)).hasValue(1);
    assertThat(PanicMessage.cpu(records("Oops: 0002 [#1] SMP ", "CPU 3 ", "Pid: 1, comm: init")))
        .hasValue(3);
    assertThat(PanicMessage.cpu(records("CPU: 1 PID: 7 Comm: x", "all is well"))).isEmpty();
  }
}
