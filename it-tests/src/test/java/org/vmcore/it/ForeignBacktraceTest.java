package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The backtrace of the crashed CPU of other machines in gdb-multiarch names the panic path. */
class ForeignBacktraceTest {
  private static final Pattern FRAME =
      Pattern.compile("(?m)^#\\d+ +(?:0x[0-9a-f]+ (?:\\[PAC] )?in )?(\\w+)[\\w.]* \\(");

  /**
   * Left out: the two arm machines that QEMU stopped on their way into an interrupt, whose notes
   * have the stack pointer of that mode and not the kernel's; and on s390x the kernel that changed
   * the stack to save its registers, which gdb cannot follow ({@code monitor bt} does).
   */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"ARM_QEMU", "ARM_LPAE_QEMU", "S390X_KDUMP"})
  void namesThePanicPath(ForeignDump dump) {
    try (Program server = Program.serve(dump.file(), "--vmlinux", dump.vmlinux())) {
      String shown =
          Gdb.multiarch().symbols(dump.vmlinux()).connect(server).ex("bt 40").run().all();
      List<String> frames =
          FRAME.matcher(shown).results().map((MatchResult line) -> line.group(1)).toList();
      assertThat(frames).as(shown).contains("sysrq_handle_crash", "__handle_sysrq", "vfs_write");
    }
  }
}
