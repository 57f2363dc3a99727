package org.vmcore.arch.ppc64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of the structures in Linux and QEMU, counted by hand. */
class PpcNotesTest {
  private static final long NIP = 0xc000000000148de8L;
  private static final long LITTLE_ENDIAN_KERNEL = 0x8000000000009033L;
  private static final long LITTLE_ENDIAN_USER = 0x800000000280f033L;
  private static final long BIG_ENDIAN_KERNEL = 0x8000000000009032L;

  /** In RTAS, the firmware of pseries machines: 32 bits, no address translation. */
  private static final long FIRMWARE = 0x1002;

  private static byte[] prstatus(ByteOrder order, int pid, long msr) {
    ByteBuffer note = ByteBuffer.allocate(504).order(order);
    note.putInt(32, pid);
    note.putLong(112, 0x1000); // r0
    note.putLong(112 + 31 * 8, 0x1031); // r31
    note.putLong(368, NIP);
    note.putLong(376, msr);
    note.putLong(384, 0x33); // orig_gpr3
    note.putLong(392, 0xc7); // ctr
    note.putLong(400, 0x14); // link
    note.putLong(408, 0x2004011e); // xer
    note.putLong(416, 0x24008280); // ccr
    note.putLong(424, 1); // softe
    note.putLong(432, 0x300); // trap
    note.putLong(440, 0xda); // dar
    note.putLong(448, 0xd5); // dsisr
    note.putLong(456, -14); // result
    return note.array();
  }

  private static Dump kdump(ByteOrder order, long... msrs) {
    SyntheticDump.Builder dump = SyntheticDump.builder("notes", 21, 64, order);
    for (long msr : msrs) {
      dump.note("CORE", 1, prstatus(order, 4711, msr));
    }
    return dump.build();
  }

  private static Dump qemu(long... msrs) {
    ByteBuffer floats = ByteBuffer.allocate(264).putLong(0, 0xf0).putLong(256, 0xfc);
    ByteBuffer vectors = ByteBuffer.allocate(544).putLong(8, 0x0102030405060708L);
    vectors.putInt(524, 0x10000);
    ByteBuffer halves = ByteBuffer.allocate(256).putLong(248, 0x31);
    SyntheticDump.Builder dump = SyntheticDump.builder("notes", 21, 64, ByteOrder.BIG_ENDIAN);
    for (long msr : msrs) {
      dump.note("CORE", 1, prstatus(ByteOrder.BIG_ENDIAN, 0, msr))
          .note("CORE", 2, floats.array())
          .note("CORE", 0x100, vectors.array())
          .note("CORE", 0x102, halves.array());
    }
    return dump.build();
  }

  @Test
  void registersAreWhereTheKernelPutsThem() {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      CpuState cpu = new Ppc64().cpus(kdump(order, BIG_ENDIAN_KERNEL)).get(0);
      assertThat(cpu.programCounter()).isEqualTo(NIP);
      assertThat(cpu.pid()).hasValue(4711);
      assertThat(cpu.number()).isEmpty();
      assertThat(cpu.userMode()).isFalse();
      assertThat(cpu.registers().value("r0")).hasValue(0x1000);
      assertThat(cpu.registers().value("r31")).hasValue(0x1031);
      assertThat(cpu.registers().value("pc")).hasValue(NIP);
      assertThat(cpu.registers().value("msr")).hasValue(BIG_ENDIAN_KERNEL);
      assertThat(cpu.registers().value("orig_r3")).hasValue(0x33);
      assertThat(cpu.registers().value("ctr")).hasValue(0xc7);
      assertThat(cpu.registers().value("lr")).hasValue(0x14);
      assertThat(cpu.registers().value("xer")).hasValue(0x2004011e);
      assertThat(cpu.registers().value("cr")).hasValue(0x24008280);
      assertThat(cpu.registers().value("softe")).hasValue(1);
      assertThat(cpu.registers().value("trap")).hasValue(0x300);
      assertThat(cpu.registers().value("dar")).hasValue(0xda);
      assertThat(cpu.registers().value("dsisr")).hasValue(0xd5);
      assertThat(cpu.registers().value("result")).hasValue(-14);
      assertThat(cpu.registers().value("f0")).isEmpty();
    }
  }

  @Test
  void qemuHasTheFloatingPointRegistersAndNoExceptions() {
    CpuState cpu = new Ppc64().cpus(qemu(BIG_ENDIAN_KERNEL)).get(0);
    assertThat(cpu.pid()).isEmpty();
    assertThat(cpu.registers().value("f0")).hasValue(0xf0);
    assertThat(cpu.registers().value("fpscr")).hasValue(0xfc);
    assertThat(cpu.registers().value("vs31h")).hasValue(0x31);
    assertThat(cpu.registers().value("vscr")).hasValue(0x10000);
    for (String unknown : List.of("orig_r3", "softe", "trap", "dar", "dsisr", "result", "vrsave")) {
      assertThat(cpu.registers().value(unknown)).as(unknown).isEmpty();
    }
  }

  /** QEMU writes big-endian notes of a machine that gdb must be shown little-endian. */
  @Test
  void registersAreInTheMachinesOrder() {
    CpuState big = new Ppc64().cpus(qemu(BIG_ENDIAN_KERNEL)).get(0);
    CpuState little = new Ppc64().cpus(qemu(LITTLE_ENDIAN_KERNEL)).get(0);
    assertThat(little.registers().value("pc")).hasValue(NIP);
    assertThat(little.registers().bytes(PpcRegisters.SET.number("r0")))
        .containsExactly(0, 0x10, 0, 0, 0, 0, 0, 0);
    assertThat(little.registers().bytes(PpcRegisters.SET.number("vr0")))
        .containsExactly(8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(big.registers().bytes(PpcRegisters.SET.number("vr0")))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void theKernelsMsrTellsTheByteOrder() {
    assertThat(order(qemu(LITTLE_ENDIAN_KERNEL))).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(order(qemu(BIG_ENDIAN_KERNEL))).isEqualTo(ByteOrder.BIG_ENDIAN);
    // Firmware is big-endian, whatever the kernel is; a program may differ from the kernel, too.
    assertThat(order(qemu(FIRMWARE, LITTLE_ENDIAN_KERNEL))).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(order(qemu(FIRMWARE))).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(order(qemu(LITTLE_ENDIAN_USER, BIG_ENDIAN_KERNEL))).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(order(qemu(FIRMWARE, LITTLE_ENDIAN_USER))).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(order(kdump(ByteOrder.LITTLE_ENDIAN, FIRMWARE))).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(new Ppc64().tripleName(qemu(LITTLE_ENDIAN_KERNEL))).isEqualTo("powerpc64le");
  }

  private static ByteOrder order(Dump dump) {
    return new Ppc64().byteOrder(dump);
  }

  @Test
  void userModeIsTheProblemState() {
    List<CpuState> cpus =
        new Ppc64().cpus(kdump(ByteOrder.LITTLE_ENDIAN, LITTLE_ENDIAN_KERNEL, LITTLE_ENDIAN_USER));
    assertThat(cpus).extracting(CpuState::userMode).containsExactly(false, true);
    assertThat(cpus).extracting(PpcNotes::isRealMode).containsOnly(false);
    assertThat(PpcNotes.isRealMode(new Ppc64().cpus(qemu(FIRMWARE)).get(0))).isTrue();
  }
}
