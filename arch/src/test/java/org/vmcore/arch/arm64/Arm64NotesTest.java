package org.vmcore.arch.arm64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Reheaded;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Offsets are those of the structures in Linux and QEMU, counted by hand. */
class Arm64NotesTest {
  private static final long PC = 0xffff800008123456L;
  private static final long EL1H = 0x600003c5;

  private static byte[] prstatus(ByteOrder order, int pid, long pc, long pstate) {
    ByteBuffer note = ByteBuffer.allocate(392).order(order);
    note.putInt(32, pid);
    note.putLong(112, 0x1000); // x0
    note.putLong(344, 0x1029); // x29
    note.putLong(352, 0xb6a5800008200000L); // x30, signed
    note.putLong(360, 0xffff80000abcdef0L); // sp
    note.putLong(368, pc);
    note.putLong(376, pstate);
    return note.array();
  }

  private static byte[] prstatus(int pid, long pc, long pstate) {
    return prstatus(ByteOrder.LITTLE_ENDIAN, pid, pc, pstate);
  }

  private static byte[] vectors() {
    ByteBuffer note = ByteBuffer.allocate(528).order(ByteOrder.LITTLE_ENDIAN);
    note.putLong(0, 0x11).putLong(8, 0x22); // v0
    note.put(511, (byte) 0x31); // v31, its highest byte
    note.putInt(512, 0x51).putInt(516, 0xc0);
    return note.array();
  }

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("notes", 183, 64, ByteOrder.LITTLE_ENDIAN);
  }

  private static RegisterValues registers(Dump dump) {
    return new Arm64().cpus(dump).get(0).registers();
  }

  @Test
  void kdumpHasThePidAndNoVectors() {
    CpuState cpu = new Arm64().cpus(dump().note("CORE", 1, prstatus(31, PC, EL1H)).build()).get(0);
    assertThat(cpu.pid()).hasValue(31);
    assertThat(cpu.number()).isEmpty();
    assertThat(cpu.userMode()).isFalse();
    assertThat(cpu.programCounter()).isEqualTo(PC);
    assertThat(cpu.pageTableRoot()).isEmpty();
    RegisterValues registers = cpu.registers();
    assertThat(registers.value("x0")).hasValue(0x1000);
    assertThat(registers.value("x29")).hasValue(0x1029);
    assertThat(registers.value("x30")).as("as it was").hasValue(0xb6a5800008200000L);
    assertThat(registers.value("sp")).hasValue(0xffff80000abcdef0L);
    assertThat(registers.value("pc")).hasValue(PC);
    assertThat(registers.value("cpsr")).hasValue(EL1H);
    for (String unknown : new String[] {"fpsr", "fpcr", "pauth_cmask", "pauth_dmask", "SP_EL0"}) {
      assertThat(registers.value(unknown)).as(unknown).isEmpty();
    }
    assertThat(registers.bytes(registers.set().number("v0"))).isNull();
  }

  @Test
  void qemuHasTheCpuNumberAndVectors() {
    Dump dump =
        dump()
            .note("CORE", 1, prstatus(1, PC, EL1H))
            .note("CORE", 2, vectors())
            .note("LINUX", 0x405, new byte[592])
            .note("CORE", 1, prstatus(2, PC, EL1H))
            .build();
    assertThat(new Arm64().cpus(dump))
        .extracting(CpuState::number)
        .containsExactly(OptionalInt.of(0), OptionalInt.of(1));
    assertThat(new Arm64().cpus(dump)).extracting(CpuState::pid).containsOnly(OptionalInt.empty());
    RegisterValues first = registers(dump);
    assertThat(first.bytes(first.set().number("v0")))
        .containsExactly(0x11, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 0, 0, 0, 0, 0, 0);
    assertThat(first.bytes(first.set().number("v31"))).endsWith(0x31);
    assertThat(first.value("fpsr")).hasValue(0x51);
    assertThat(first.value("fpcr")).hasValue(0xc0);
    assertThat(new Arm64().cpus(dump).get(1).registers().value("fpsr")).as("none").isEmpty();
  }

  /** A user program's stack pointer is SP_EL0; the kernel keeps the current task there. */
  @Test
  void userModeTellsSpEl0() {
    CpuState cpu =
        new Arm64().cpus(dump().note("CORE", 1, prstatus(1, 0x4009e8, 0)).build()).get(0);
    assertThat(cpu.userMode()).isTrue();
    assertThat(cpu.registers().value("SP_EL0")).hasValue(0xffff80000abcdef0L);
    CpuState compat =
        new Arm64().cpus(dump().note("CORE", 1, prstatus(1, 0x10400, 0x60000010)).build()).get(0);
    assertThat(compat.userMode()).as("AArch32").isTrue();
  }

  @Test
  void theCurrentTaskIsSpEl0InTheKernel() {
    Dump dump =
        dump()
            .note("CORE", 1, prstatus(1, PC, EL1H))
            .note("CORE", 1, prstatus(2, 0x4009e8, 0))
            .build();
    Arm64 arm64 = new Arm64();
    CpuState kernel = arm64.withCurrentTask(arm64.cpus(dump).get(0), 0xffff000000838000L);
    assertThat(kernel.registers().value("SP_EL0")).hasValue(0xffff000000838000L);
    assertThat(kernel.registers().value("x29")).hasValue(0x1029);
    CpuState user = arm64.withCurrentTask(arm64.cpus(dump).get(1), 0xffff000000838000L);
    assertThat(user.registers().value("SP_EL0")).as("a stack").hasValue(0xffff80000abcdef0L);
  }

  /** What the kernel signed is shown without its codes; what a user program signed is not. */
  @Test
  void theMaskOfPointerAuthenticationIsForUserMode() {
    byte[] text = "OSRELEASE=6.1.0\nNUMBER(KERNELPACMASK)=0xfff0000000000000\n".getBytes(US_ASCII);
    Dump dump =
        dump()
            .note("CORE", 1, prstatus(1, PC, EL1H))
            .note("CORE", 1, prstatus(2, 0x4009e8, 0))
            .note(Note.VMCOREINFO, 0, text)
            .build();
    RegisterValues kernel = new Arm64().cpus(dump).get(0).registers();
    assertThat(kernel.value("pauth_cmask")).hasValue(0);
    assertThat(kernel.value("pauth_dmask")).hasValue(0);
    RegisterValues user = new Arm64().cpus(dump).get(1).registers();
    assertThat(user.value("pauth_cmask")).hasValue(0xfff0000000000000L);
    assertThat(user.value("pauth_dmask")).hasValue(0xfff0000000000000L);
  }

  @Test
  void bigEndianKernelsHaveBigEndianNotes() {
    Dump dump =
        SyntheticDump.builder("notes", 183, 64, ByteOrder.BIG_ENDIAN)
            .note("CORE", 1, prstatus(ByteOrder.BIG_ENDIAN, 31, PC, EL1H))
            .build();
    CpuState cpu = new Arm64().cpus(dump).get(0);
    assertThat(cpu.pid()).hasValue(31);
    assertThat(cpu.registers().value("pc")).hasValue(PC);
    assertThat(cpu.registers().bytes(0)).endsWith(0x10, 0);
  }

  @Test
  void plausibleNotesAreThoseOfThisArchitecture() {
    assertThat(isPlausible(prstatus(1, PC, EL1H))).isTrue();
    assertThat(isPlausible(prstatus(1, PC, 0x3c9))).as("EL2h").isTrue();
    assertThat(isPlausible(prstatus(1, 0x400000, 0x80001000L))).isTrue();
    assertThat(isPlausible(prstatus(1, PC, 0))).as("EL0 in the kernel").isFalse();
    assertThat(isPlausible(prstatus(1, PC, 0x1_0000_03c5L))).isFalse();
    assertThat(isPlausible(new byte[376])).as("riscv64's").isFalse();
    assertThat(isPlausible(new byte[504])).as("ppc64's").isFalse();
  }

  private static boolean isPlausible(byte[] prstatus) {
    return Arm64Notes.isPlausible(new Note("CORE", 1, 0, prstatus), ByteOrder.LITTLE_ENDIAN);
  }

  /** QEMU's kdump files have an empty utsname. */
  @Test
  void recognisesDumpsWhoseHeaderNamesNoMachine() {
    Arm64 arm64 = new Arm64();
    Dump empty = dump().build();
    assertThat(arm64.recognises(Reheaded.nameless(empty, "aarch64"))).isTrue();
    assertThat(arm64.recognises(Reheaded.nameless(empty, "aarch64_be"))).isTrue();
    assertThat(arm64.recognises(Reheaded.nameless(empty, "armv8l"))).isFalse();
    assertThat(arm64.recognises(Reheaded.nameless(empty, ""))).isFalse();
    Dump notes = dump().note("CORE", 1, prstatus(1, PC, EL1H)).build();
    assertThat(arm64.recognises(Reheaded.nameless(notes, ""))).isTrue();
    byte[] text = "OSRELEASE=4.12\nNUMBER(kimage_voffset)=0xffff000008000000\n".getBytes(US_ASCII);
    Dump vmcoreinfo = dump().note(Note.VMCOREINFO, 0, text).build();
    assertThat(arm64.recognises(Reheaded.nameless(vmcoreinfo, "Unknown"))).isTrue();
  }
}
