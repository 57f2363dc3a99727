package org.vmcore.arch.riscv32;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of QEMU target/riscv/arch_dump.c, struct riscv32_elf_prstatus. */
class Riscv32NotesTest {
  private static SyntheticDump.Builder dump(int pid, int pc) {
    ByteBuffer note = ByteBuffer.allocate(204).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(24, pid);
    note.putInt(72, pc); // where x0 would be
    note.putInt(76, 0x11); // ra
    note.putInt(80, 0xc1000000); // sp
    note.putInt(196, 0x3131); // t6, the last
    return SyntheticDump.builder("riscv32", 243, 32, ByteOrder.LITTLE_ENDIAN)
        .note("CORE", 1, note.array());
  }

  @Test
  void registersAreWords() {
    CpuState cpu =
        new Riscv32()
            .cpus(dump(4711, 0xc0002000).note(Note.VMCOREINFO, 0, new byte[0]).build())
            .get(0);
    assertThat(cpu.pid()).hasValue(4711);
    assertThat(cpu.userMode()).isFalse();
    assertThat(cpu.registers().value("zero")).hasValue(0);
    assertThat(cpu.registers().value("pc")).hasValue(0xc0002000L);
    assertThat(cpu.registers().value("ra")).hasValue(0x11);
    assertThat(cpu.registers().value("sp")).hasValue(0xc1000000L);
    assertThat(cpu.registers().value("t6")).hasValue(0x3131);
    assertThat(cpu.registers().value("fa0")).isEmpty();
  }

  @Test
  void qemuHasTheCpuNumber() {
    CpuState cpu = new Riscv32().cpus(dump(2, 0x10990).build()).get(0);
    assertThat(cpu.number()).hasValue(1);
    assertThat(cpu.userMode()).isTrue();
  }
}
