package org.vmcore.arch.riscv64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of Linux arch/riscv/include/uapi/asm/ptrace.h, counted by hand. */
class RiscvNotesTest {
  private static byte[] prstatus(int pid, long pc) {
    ByteBuffer note = ByteBuffer.allocate(376).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(32, pid);
    note.putLong(112, pc); // where x0 would be
    note.putLong(120, 0x11); // ra
    note.putLong(128, 0x22); // sp
    note.putLong(176, 0x88); // s0, which gdb calls fp
    note.putLong(360, 0x3131); // t6, the last
    return note.array();
  }

  private static SyntheticDump.Builder dump(int pid, long pc) {
    return SyntheticDump.builder("riscv64", 243, 64, ByteOrder.LITTLE_ENDIAN)
        .note("CORE", 1, prstatus(pid, pc));
  }

  @Test
  void kdumpHasThePid() {
    SyntheticDump.Builder dump =
        dump(4711, 0xffffffff80006a90L).note(Note.VMCOREINFO, 0, new byte[0]);
    CpuState cpu = new Riscv64().cpus(dump.build()).get(0);
    assertThat(cpu.pid()).hasValue(4711);
    assertThat(cpu.number()).isEmpty();
    assertThat(cpu.userMode()).isFalse();
    assertThat(cpu.registers().value("zero")).hasValue(0);
    assertThat(cpu.registers().value("pc")).hasValue(0xffffffff80006a90L);
    assertThat(cpu.registers().value("ra")).hasValue(0x11);
    assertThat(cpu.registers().value("sp")).hasValue(0x22);
    assertThat(cpu.registers().value("fp")).hasValue(0x88);
    assertThat(cpu.registers().value("t6")).hasValue(0x3131);
    assertThat(cpu.registers().value("ft0")).isEmpty();
  }

  @Test
  void qemuHasTheCpuNumber() {
    CpuState cpu = new Riscv64().cpus(dump(2, 0x10990).build()).get(0);
    assertThat(cpu.pid()).isEmpty();
    assertThat(cpu.number()).hasValue(1);
    assertThat(cpu.userMode()).isTrue();
    SyntheticDump.Builder newer =
        dump(2, 0x10990)
            .note(Note.VMCOREINFO, 0, new byte[0])
            .segment(new Segment(0x80000000L, 0x80000000L, 0x1000, 0x1000));
    assertThat(new Riscv64().cpus(newer.build()).get(0).number()).hasValue(1);
  }
}
