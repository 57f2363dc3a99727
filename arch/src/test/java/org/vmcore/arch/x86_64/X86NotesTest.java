package org.vmcore.arch.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of the structures in Linux and QEMU, counted by hand. */
class X86NotesTest {
  private static final long RIP = 0xffffffff81234567L;

  /** What kdump writes: the registers at the fault, and the user's segment bases. */
  private static byte[] prstatus(int pid, long rip, long cs) {
    ByteBuffer note = ByteBuffer.allocate(336).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(32, pid);
    note.putLong(112, 0x15); // r15
    note.putLong(192, 0xaa); // rax, the 11th
    note.putLong(232, -1); // orig_rax, the 16th
    note.putLong(240, rip);
    note.putLong(248, cs);
    note.putLong(256, 0x10246); // eflags
    note.putLong(264, 0xffffc90000123000L); // rsp
    note.putLong(272, 0x18); // ss
    note.putLong(280, 0x7f0000000123L); // fs_base
    note.putLong(320, 0x63); // gs, the last
    return note.array();
  }

  private static byte[] qemu(long rip, int size) {
    ByteBuffer note = ByteBuffer.allocate(440).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(0, 1).putInt(4, size);
    note.putLong(136, rip);
    note.putLong(392, 0x80050033L); // cr0
    note.putLong(400, 0x1111); // cr1, which is none
    note.putLong(408, 0x2222); // cr2
    note.putLong(416, 0x540a000); // cr3
    note.putLong(424, 0x7506a0); // cr4
    note.putLong(432, 0xffff960a47b00000L); // kernel_gs_base
    byte[] bytes = new byte[size];
    note.get(0, bytes);
    return bytes;
  }

  private static Dump dump(List<byte[]> prstatus, List<byte[]> qemu) {
    SyntheticDump.Builder dump = SyntheticDump.builder("notes", 62, 64, ByteOrder.LITTLE_ENDIAN);
    prstatus.forEach(note -> dump.note("CORE", 1, note));
    qemu.forEach(note -> dump.note("QEMU", 0, note));
    return dump.build();
  }

  @Test
  void kdumpHasThePidAndNoControlRegisters() {
    CpuState cpu = new X86_64().cpus(dump(List.of(prstatus(4711, RIP, 0x10)), List.of())).get(0);
    assertThat(cpu.pid()).hasValue(4711);
    assertThat(cpu.number()).isEmpty();
    assertThat(cpu.userMode()).isFalse();
    assertThat(cpu.programCounter()).isEqualTo(RIP);
    assertThat(cpu.pageTableRoot()).isEmpty();
    assertThat(cpu.registers().value("r15")).hasValue(0x15);
    assertThat(cpu.registers().value("rax")).hasValue(0xaa);
    assertThat(cpu.registers().value("orig_rax")).hasValue(-1);
    assertThat(cpu.registers().value("rip")).hasValue(RIP);
    assertThat(cpu.registers().value("eflags")).hasValue(0x10246);
    assertThat(cpu.registers().value("rsp")).hasValue(0xffffc90000123000L);
    assertThat(cpu.registers().value("ss")).hasValue(0x18);
    assertThat(cpu.registers().value("fs_base")).hasValue(0x7f0000000123L);
    assertThat(cpu.registers().value("gs")).hasValue(0x63);
    for (String unknown : List.of("cr0", "cr2", "cr3", "cr4", "kernel_gs_base", "fctrl")) {
      assertThat(cpu.registers().value(unknown)).as(unknown).isEmpty();
    }
    assertThat(cpu.registers().bytes(X86Registers.SET.number("st0"))).isNull();
  }

  @Test
  void qemuHasTheCpuNumberAndControlRegisters() {
    List<CpuState> cpus =
        new X86_64()
            .cpus(
                dump(
                    List.of(prstatus(1, RIP, 0x10), prstatus(2, 0x401000, 0x33)),
                    List.of(qemu(RIP, 440), qemu(0x401000, 432))));
    assertThat(cpus).extracting(CpuState::pid).containsOnly(OptionalInt.empty());
    assertThat(cpus)
        .extracting(CpuState::number)
        .containsExactly(OptionalInt.of(0), OptionalInt.of(1));
    assertThat(cpus).extracting(CpuState::userMode).containsExactly(false, true);
    assertThat(cpus).extracting(CpuState::pageTableRoot).containsOnly(OptionalLong.of(0x540a000));
    assertThat(cpus.get(0).registers().value("cr0")).hasValue(0x80050033L);
    assertThat(cpus.get(0).registers().value("cr2")).hasValue(0x2222);
    assertThat(cpus.get(0).registers().value("cr4")).hasValue(0x7506a0);
    assertThat(cpus.get(0).registers().value("kernel_gs_base")).hasValue(0xffff960a47b00000L);
    assertThat(cpus.get(1).registers().value("kernel_gs_base")).as("older QEMU").isEmpty();
  }

  @Test
  void aQemuNoteOfAnotherCpuIsNotMixedIn() {
    CpuState other =
        new X86_64().cpus(dump(List.of(prstatus(1, RIP, 0x10)), List.of(qemu(1, 440)))).get(0);
    assertThat(other.pageTableRoot()).isEmpty();
    List<CpuState> fewer =
        new X86_64()
            .cpus(
                dump(
                    List.of(prstatus(1, RIP, 0x10), prstatus(2, RIP, 0x10)),
                    List.of(qemu(RIP, 440))));
    assertThat(fewer).extracting(CpuState::pageTableRoot).containsOnly(OptionalLong.empty());
  }

  @Test
  void plausibleNotesAreThoseOfThisArchitecture() {
    assertThat(isPlausible(prstatus(1, RIP, 0x10))).isTrue();
    // s390x: psw_mask, psw_addr and r0.. from 112 on, big-endian; r15 is where cs would be.
    ByteBuffer s390x = ByteBuffer.allocate(336);
    s390x.putLong(112, 0x0704c00180000000L).putLong(120, 0x123456L).putLong(248, 0x380001b3c0L);
    assertThat(isPlausible(s390x.array())).isFalse();
    assertThat(isPlausible(new byte[336])).isFalse();
    assertThat(isPlausible(new byte[335])).isFalse();
  }

  private static boolean isPlausible(byte[] prstatus) {
    return X86Notes.isPlausible(dump(List.of(prstatus), List.of()).notes().get(0));
  }
}
