package org.vmcore.arch.s390x;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of the structures in Linux and QEMU, counted by hand. */
class S390NotesTest {
  private static final long KERNEL_PSW = 0x0404c00180000000L;
  private static final long USER_PSW = 0x0705200180000000L;
  private static final long SECONDARY_PSW = 0x0404800180000000L;

  /** The kernel loads this to stop for good: address translation is off. */
  private static final long DISABLED_WAIT_PSW = 0x0002000180000000L;

  private static byte[] prstatus(int pid, long mask, long address) {
    ByteBuffer note = ByteBuffer.allocate(336);
    note.putInt(32, pid);
    note.putLong(112, mask);
    note.putLong(120, address);
    note.putLong(128, 0x1000); // r0
    note.putLong(248, 0x1015); // r15
    note.putInt(256, 0xa0); // acr0
    note.putInt(316, 0xa15); // acr15
    note.putLong(320, 0x42); // orig_gpr2
    return note.array();
  }

  private static byte[] controlRegisters() {
    ByteBuffer note = ByteBuffer.allocate(128);
    note.putLong(1 * 8, 0x1111007L).putLong(7 * 8, 0x77771c7L).putLong(13 * 8, 0xdddd007L);
    return note.array();
  }

  private static byte[] prefix(int register) {
    return ByteBuffer.allocate(4).putInt(register).array();
  }

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("notes", 22, 64, ByteOrder.BIG_ENDIAN);
  }

  private static CpuState cpu(long mask) {
    return new S390x()
        .cpus(
            dump()
                .note("CORE", 1, prstatus(1, mask, 0x123456))
                .note("LINUX", 0x304, controlRegisters())
                .build())
        .get(0);
  }

  @Test
  void registersAreWhereTheKernelPutsThem() {
    CpuState cpu = cpu(KERNEL_PSW);
    assertThat(cpu.programCounter()).isEqualTo(0x123456);
    assertThat(cpu.registers().value("pswm")).hasValue(KERNEL_PSW);
    assertThat(cpu.registers().value("pswa")).hasValue(0x123456);
    assertThat(cpu.registers().value("r0")).hasValue(0x1000);
    assertThat(cpu.registers().value("r15")).hasValue(0x1015);
    assertThat(cpu.registers().value("acr0")).hasValue(0xa0);
    assertThat(cpu.registers().value("acr15")).hasValue(0xa15);
    assertThat(cpu.registers().value("orig_r2")).hasValue(0x42);
    assertThat(cpu.registers().value("cr7")).hasValue(0x77771c7L);
    for (String unknown : List.of("f0", "fpc", "v0l", "prefix", "last_break", "system_call")) {
      assertThat(cpu.registers().value(unknown)).as(unknown).isEmpty();
    }
  }

  @Test
  void thePswTellsWhichSpaceTheCpuWasIn() {
    assertThat(cpu(KERNEL_PSW).pageTableRoot()).hasValue(0xdddd007L);
    assertThat(cpu(DISABLED_WAIT_PSW).pageTableRoot()).hasValue(0xdddd007L);
    assertThat(cpu(USER_PSW).pageTableRoot()).hasValue(0x1111007L);
    assertThat(cpu(SECONDARY_PSW).pageTableRoot()).hasValue(0x77771c7L);
    assertThat(cpu(USER_PSW).userMode()).isTrue();
    assertThat(cpu(KERNEL_PSW).userMode()).isFalse();
  }

  @Test
  void notesBelongToTheCpuBeforeThem() {
    ByteBuffer floats = ByteBuffer.allocate(136).putInt(0, 0xfc).putLong(8, 0xf0);
    ByteBuffer low = ByteBuffer.allocate(128).putLong(15 * 8, 0x15);
    ByteBuffer high = ByteBuffer.allocate(256).putLong(0, 0x16).putLong(248, 0x31);
    List<CpuState> cpus =
        new S390x()
            .cpus(
                dump()
                    .note("CORE", 3, new byte[136])
                    .note("CORE", 1, prstatus(1, KERNEL_PSW, 1))
                    .note("LINUX", 0x305, prefix(0xc54000))
                    .note("LINUX", 0x307, prefix(0x2a))
                    .note("CORE", 1, prstatus(2, KERNEL_PSW, 2))
                    .note("CORE", 2, floats.array())
                    .note("LINUX", 0x30a, high.array())
                    .note("LINUX", 0x309, low.array())
                    .note("LINUX", 0x306, ByteBuffer.allocate(8).putLong(0x1b).array())
                    .note("LINUX", 0x305, prefix(0xd00000))
                    .build());
    assertThat(cpus).hasSize(2);
    assertThat(cpus.get(0).registers().value("prefix")).hasValue(0xc54000);
    assertThat(cpus.get(0).registers().value("system_call")).hasValue(0x2a);
    assertThat(cpus.get(0).registers().value("f0")).isEmpty();
    assertThat(cpus.get(1).registers().value("prefix")).hasValue(0xd00000);
    assertThat(cpus.get(1).registers().value("fpc")).hasValue(0xfc);
    assertThat(cpus.get(1).registers().value("f0")).hasValue(0xf0);
    assertThat(cpus.get(1).registers().value("v15l")).hasValue(0x15);
    assertThat(cpus.get(1).registers().value("last_break")).hasValue(0x1b);
    byte[] v16 = cpus.get(1).registers().bytes(S390Registers.SET.number("v16"));
    assertThat(v16).containsExactly(0, 0, 0, 0, 0, 0, 0, 0x16, 0, 0, 0, 0, 0, 0, 0, 0);
    byte[] v31 = cpus.get(1).registers().bytes(S390Registers.SET.number("v31"));
    assertThat(v31).endsWith(0x31).hasSize(16);
  }

  /** What the kernel writes into pr_pid is neither a pid nor a CPU's number. */
  @Test
  void onlyQemuTellsTheCpusNumber() {
    byte[] kernels = prstatus(1, KERNEL_PSW, 1);
    CpuState kdump =
        new S390x()
            .cpus(dump().note("CORE", 3, new byte[136]).note("CORE", 1, kernels).build())
            .get(0);
    assertThat(kdump.number()).isEmpty();
    assertThat(kdump.pid()).isEmpty();
    List<CpuState> qemu =
        new S390x()
            .cpus(
                dump()
                    .note("CORE", 1, prstatus(0x01000000, KERNEL_PSW, 1))
                    .note("CORE", 1, prstatus(0x00010000, KERNEL_PSW, 1))
                    .note("CORE", 1, prstatus(3, KERNEL_PSW, 1))
                    .note("CORE", 1, prstatus(0, KERNEL_PSW, 1))
                    .build());
    assertThat(qemu)
        .extracting(CpuState::number)
        .containsExactly(
            OptionalInt.of(0), OptionalInt.of(255), OptionalInt.of(2), OptionalInt.empty());
    assertThat(qemu).extracting(CpuState::pid).containsOnly(OptionalInt.empty());
  }
}
