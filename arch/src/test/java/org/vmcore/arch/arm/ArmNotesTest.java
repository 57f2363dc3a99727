package org.vmcore.arch.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.CpuState;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of Linux arch/arm/include/uapi/asm/ptrace.h, counted by hand. */
class ArmNotesTest {
  private static byte[] prstatus(int pid, int cpsr, ByteOrder order) {
    ByteBuffer note = ByteBuffer.allocate(148).order(order);
    note.putInt(24, pid);
    note.putInt(72, 0x100); // r0
    note.putInt(124, 0xce825e50); // r13
    note.putInt(128, 0xc0197f6c); // r14
    note.putInt(132, 0xc0197fc0); // r15
    note.putInt(136, cpsr);
    note.putInt(140, -1); // orig_r0
    return note.array();
  }

  private static SyntheticDump.Builder dump(int pid, int cpsr, ByteOrder order) {
    return SyntheticDump.builder("arm", 40, 32, order).note("CORE", 1, prstatus(pid, cpsr, order));
  }

  @Test
  void kdumpHasThePid() {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      SyntheticDump.Builder dump =
          dump(4711, 0x60010093, order).note(Note.VMCOREINFO, 0, new byte[0]);
      CpuState cpu = new Arm().cpus(dump.build()).get(0);
      assertThat(cpu.pid()).hasValue(4711);
      assertThat(cpu.number()).isEmpty();
      assertThat(cpu.userMode()).isFalse();
      assertThat(cpu.registers().value("r0")).hasValue(0x100);
      assertThat(cpu.registers().value("sp")).hasValue(0xce825e50L);
      assertThat(cpu.registers().value("lr")).hasValue(0xc0197f6cL);
      assertThat(cpu.registers().value("pc")).hasValue(0xc0197fc0L);
      assertThat(cpu.registers().value("cpsr")).hasValue(0x60010093);
      assertThat(cpu.registers().value("orig_r0")).hasValue(0xffffffffL);
      assertThat(cpu.registers().value("d0")).isEmpty();
    }
  }

  @Test
  void qemuHasTheCpuNumberAndFloatingPointRegisters() {
    ByteBuffer vfp = ByteBuffer.allocate(260).order(ByteOrder.LITTLE_ENDIAN);
    vfp.putLong(0, 0x1111).putLong(248, 0x3131).putInt(256, 0x3000000);
    SyntheticDump.Builder dump =
        dump(2, 0x00000030, ByteOrder.LITTLE_ENDIAN)
            .note("LINUX", 0x400, vfp.array())
            .note(Note.VMCOREINFO, 0, new byte[0]);
    CpuState cpu = new Arm().cpus(dump.build()).get(0);
    assertThat(cpu.pid()).isEmpty();
    assertThat(cpu.number()).hasValue(1);
    assertThat(cpu.userMode()).as("User mode, Thumb code").isTrue();
    assertThat(cpu.registers().value("d0")).hasValue(0x1111);
    assertThat(cpu.registers().value("d31")).hasValue(0x3131);
    assertThat(cpu.registers().value("fpscr")).hasValue(0x3000000);
  }
}
