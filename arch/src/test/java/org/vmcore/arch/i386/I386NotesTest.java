package org.vmcore.arch.i386;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of the structures in Linux and QEMU, counted by hand. */
class I386NotesTest {
  private static byte[] prstatus(int pid, int eip, int cs, int eflags) {
    ByteBuffer note = ByteBuffer.allocate(144).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(24, pid);
    note.putInt(72, 0xb); // ebx
    note.putInt(96, 0xa); // eax, the 7th
    note.putInt(116, -1); // orig_eax
    note.putInt(120, eip);
    note.putInt(124, cs);
    note.putInt(128, eflags);
    note.putInt(132, 0xc02b5f10); // esp
    note.putInt(136, 0x68); // ss, the last
    return note.array();
  }

  private static SyntheticDump.Builder dump(byte[] prstatus) {
    return SyntheticDump.builder("i386", 3, 32, ByteOrder.LITTLE_ENDIAN).note("CORE", 1, prstatus);
  }

  @Test
  void kdumpHasThePidAndNoControlRegisters() {
    CpuState cpu = new I386().cpus(dump(prstatus(4711, 0xc4c7da3a, 0x60, 0x297)).build()).get(0);
    assertThat(cpu.pid()).hasValue(4711);
    assertThat(cpu.number()).isEmpty();
    assertThat(cpu.userMode()).isFalse();
    assertThat(cpu.programCounter()).isEqualTo(0xc4c7da3aL);
    assertThat(cpu.pageTableRoot()).isEmpty();
    assertThat(cpu.registers().value("ebx")).hasValue(0xb);
    assertThat(cpu.registers().value("eax")).hasValue(0xa);
    assertThat(cpu.registers().value("orig_eax")).hasValue(0xffffffffL);
    assertThat(cpu.registers().value("esp")).hasValue(0xc02b5f10L);
    assertThat(cpu.registers().value("ss")).hasValue(0x68);
    for (String unknown : new String[] {"cr0", "cr3", "fs_base", "fctrl"}) {
      assertThat(cpu.registers().value(unknown)).as(unknown).isEmpty();
    }
  }

  @Test
  void qemuHasTheCpuNumberAndControlRegisters() {
    ByteBuffer qemu = ByteBuffer.allocate(440).order(ByteOrder.LITTLE_ENDIAN);
    qemu.putInt(0, 1).putInt(4, 440).putLong(136, 0xc4c7da3aL);
    qemu.putLong(152 + 3 * 24 + 16, 0x2fa6000); // base of FS, the 4th
    qemu.putLong(152 + 4 * 24 + 16, 0x9970380); // base of GS
    qemu.putLong(392, 0x80050033L); // cr0
    qemu.putLong(408, 0x8120254); // cr2
    qemu.putLong(416, 0x29b000); // cr3
    qemu.putLong(424, 0x350690); // cr4
    CpuState cpu =
        new I386()
            .cpus(dump(prstatus(2, 0xc4c7da3a, 0x60, 0x297)).note("QEMU", 0, qemu.array()).build())
            .get(0);
    assertThat(cpu.pid()).isEmpty();
    assertThat(cpu.number()).hasValue(1);
    assertThat(cpu.pageTableRoot()).hasValue(0x29b000);
    assertThat(cpu.registers().value("cr0")).hasValue(0x80050033L);
    assertThat(cpu.registers().value("cr2")).hasValue(0x8120254);
    assertThat(cpu.registers().value("cr4")).hasValue(0x350690);
    assertThat(cpu.registers().value("fs_base")).hasValue(0x2fa6000);
    assertThat(cpu.registers().value("gs_base")).hasValue(0x9970380);
  }

  @Test
  void userModeIsPrivilegeLevelThreeOrVirtual8086() {
    assertThat(userMode(0x60, 0x297)).isFalse();
    assertThat(userMode(0x73, 0x297)).isTrue();
    assertThat(userMode(0xf000, 0x20297)).isTrue();
  }

  private static boolean userMode(int cs, int eflags) {
    return new I386().cpus(dump(prstatus(1, 0x8048000, cs, eflags)).build()).get(0).userMode();
  }
}
