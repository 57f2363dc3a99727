package org.vmcore.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.arm.Arm;
import org.vmcore.arch.arm64.Arm64;
import org.vmcore.arch.i386.I386;
import org.vmcore.arch.ppc64.Ppc64;
import org.vmcore.arch.riscv64.Riscv64;
import org.vmcore.arch.s390x.S390x;
import org.vmcore.arch.x86_64.X86_64;

/**
 * Where kernels leave the registers of the programs that they come from, made up by their sources;
 * those of today are held against real dumps.
 */
class UserRegistersTest {
  private static final long STACK = 0x10000;

  /** Words from {@code first} on, each one more than the one before. */
  private static long[] counted(long first, int count) {
    return LongStream.range(first, first + count).toArray();
  }

  /**
   * A {@code struct pt_regs} of x86-64: r15 is 1, r14 is 2, and so on; then what the CPU pushed.
   */
  private static long[] x86(long origRax) {
    long[] words = counted(1, 21);
    words[15] = origRax;
    words[16] = 0x401000;
    words[17] = 0x33;
    words[18] = 0x246;
    words[19] = 0x7ffe_0000_0000L;
    words[20] = 0x2b;
    return words;
  }

  private static RegisterValues x86(MadeUpTask task) {
    return new X86_64().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
  }

  /** The type tells the size of the stack; where none does, all sizes are tried. FRED pads. */
  @ParameterizedTest
  @ValueSource(longs = {0, 16})
  void x86HasThemAtTheEndOfTheStack(long padding) {
    for (long size : new long[] {8 << 10, 16 << 10, 32 << 10}) {
      MadeUpTask task =
          new MadeUpTask()
              .member("stack", STACK)
              .member("thread.fsbase", 0x1234)
              .words(STACK + size - padding - 168, 8, x86(-1));
      for (boolean typed : new boolean[] {false, true}) {
        if (typed) {
          task.size("union thread_union", size);
        }
        RegisterValues registers = x86(task);
        assertThat(registers.value("r15")).hasValue(1);
        assertThat(registers.value("rbx")).hasValue(6);
        assertThat(registers.value("rip")).hasValue(0x401000);
        assertThat(registers.value("rsp")).hasValue(0x7ffe_0000_0000L);
        assertThat(registers.value("fs_base")).hasValue(0x1234);
      }
    }
  }

  /** FRED's upper bits are no part of a selector. */
  @Test
  void x86TakesSelectorsAlone() {
    long[] words = x86(-1);
    words[17] |= 0x1_0000;
    words[20] |= 0x1234_0000;
    MadeUpTask task = new MadeUpTask().member("stack", STACK).words(STACK + 0x4000 - 168, 8, words);
    assertThat(x86(task).value("cs")).hasValue(0x33);
    assertThat(x86(task).value("ss")).hasValue(0x2b);
  }

  /** The fast path of old kernels left six registers where they were. */
  @Test
  void x86KnowsWhatTheFastPathDidNotSave() {
    MadeUpTask task = new MadeUpTask().member("stack", STACK);
    task.words(STACK + 0x4000 - 168, 8, x86(230));
    assertThat(x86(task).value("rbx")).hasValue(6);
    task.symbol("entry_SYSCALL_64_fastpath", 0xffffffff81000000L);
    assertThat(x86(task).value("rbx")).isEmpty();
    assertThat(x86(task).value("r15")).isEmpty();
    assertThat(x86(task).value("r11")).hasValue(7);
    assertThat(x86(task).value("rip")).hasValue(0x401000);
    // An interrupt saves all of them.
    task.words(STACK + 0x4000 - 168, 8, x86(-1));
    assertThat(x86(task).value("rbx")).hasValue(6);
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 16})
  void i386HasThemBeforeItsPadding(long padding) {
    long[] words = counted(1, 17);
    words[7] = 0xabcd_007bL;
    words[12] = 0x8048000;
    words[13] = 0x73;
    words[14] = 0x246;
    words[16] = 0x7b;
    MadeUpTask task =
        new MadeUpTask().member("stack", STACK).words(STACK + 0x2000 - padding - 68, 4, words);
    RegisterValues registers =
        new I386().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
    assertThat(registers.value("ebx")).hasValue(1);
    assertThat(registers.value("ds")).hasValue(0x7b);
    assertThat(registers.value("eip")).hasValue(0x8048000);
    assertThat(registers.value("esp")).hasValue(16);
  }

  /** Also without the type, by the sizes that it has had. */
  @ParameterizedTest
  @ValueSource(longs = {288, 304, 320, 336, 352})
  void arm64FindsThemWithoutTheType(long size) {
    long[] words = counted(0, (int) (size / 8));
    words[31] = 0xffff_8000_0000L;
    words[32] = 0x400000;
    words[33] = 0x6000_1000;
    long[] below = {0xffff_8000_0800_0000L, 0xffff_8000_0800_0040L, 0xffff_8000_0800_0080L};
    long frame = STACK + 0x4000 - size;
    MadeUpTask task =
        new MadeUpTask().member("stack", STACK).words(frame - 24, 8, below).words(frame, 8, words);
    for (boolean typed : new boolean[] {false, true}) {
      if (typed) {
        task.size("struct pt_regs", size);
      }
      RegisterValues registers =
          new Arm64().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
      assertThat(registers.value("x1")).hasValue(1);
      assertThat(registers.value("sp")).hasValue(0xffff_8000_0000L);
      assertThat(registers.value("pc")).hasValue(0x400000);
      assertThat(registers.value("cpsr")).hasValue(0x6000_1000);
    }
  }

  @Test
  void armHasThemEightBytesBeforeTheEnd() {
    long[] words = counted(0, 18);
    words[16] = 0x6000_0010;
    MadeUpTask task =
        new MadeUpTask().member("stack", STACK).words(STACK + 0x2000 - 8 - 72, 4, words);
    RegisterValues registers = new Arm().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
    assertThat(registers.value("r7")).hasValue(7);
    assertThat(registers.value("pc")).hasValue(15);
    assertThat(registers.value("orig_r0")).hasValue(17);
  }

  @Test
  void ppc64FollowsAPointer() {
    long[] words = counted(0, 44);
    words[33] = 0x8000_0000_0000_f033L;
    words[40] = 0xc01;
    MadeUpTask task = new MadeUpTask().member("thread.regs", 0x5000).words(0x5000, 8, words);
    RegisterValues registers =
        new Ppc64().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
    assertThat(registers.value("r1")).hasValue(1);
    assertThat(registers.value("pc")).hasValue(32);
    assertThat(registers.value("r14")).isEmpty();
    task.symbol("system_call_exception", 0xc000000000001000L);
    registers = new Ppc64().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
    assertThat(registers.value("r14")).hasValue(14);
  }

  @Test
  void riscvAlignsTheStack() {
    long[] words = counted(0x100, 36);
    words[32] = 0x20;
    MadeUpTask task = new MadeUpTask().member("stack", STACK).words(STACK + 0x4000 - 288, 8, words);
    RegisterValues registers =
        new Riscv64().userRegisters(ByteOrder.LITTLE_ENDIAN, task).orElseThrow();
    assertThat(registers.value("pc")).hasValue(0x100);
    assertThat(registers.value("sp")).hasValue(0x102);
    assertThat(registers.value("zero")).hasValue(0);
  }

  @Test
  void s390xHasAccessRegistersElsewhere() {
    long[] words = counted(0, 25);
    words[1] = 0x0705_2001_8000_0000L;
    MadeUpTask task =
        new MadeUpTask()
            .member("stack", STACK)
            .member("thread.acrs[1]", 0x77)
            .words(STACK + 0x4000 - 200, 8, words);
    task.size("struct pt_regs", 200L);
    task.offset("struct pt_regs.psw", 8L);
    task.offset("struct pt_regs.gprs", 24L);
    task.offset("struct pt_regs.orig_gpr2", 152L);
    RegisterValues registers = new S390x().userRegisters(ByteOrder.BIG_ENDIAN, task).orElseThrow();
    assertThat(registers.value("pswa")).hasValue(2);
    assertThat(registers.value("r15")).hasValue(18);
    assertThat(registers.value("acr1")).hasValue(0x77);
  }

  static Stream<Architecture> architectures() {
    return Architectures.all().stream();
  }

  /** A kernel thread's stack is all zeros there, or anything. */
  @ParameterizedTest
  @MethodSource("architectures")
  void aTaskWithoutAProgramHasNone(Architecture architecture) {
    MadeUpTask task = new MadeUpTask().member("stack", STACK);
    ByteOrder order = architecture.usualByteOrder();
    assertThat(architecture.userRegisters(order, task)).isEmpty();
    assertThat(architecture.userRegisters(order, new MadeUpTask())).isEmpty();
    for (long at = STACK; at < STACK + 0x1_0000; at += 4) {
      task.words(at, 4, 0);
    }
    Optional<RegisterValues> found = architecture.userRegisters(order, task);
    assertThat(found.map(RegisterValues::set)).isEmpty();
  }

  /** Each slot of a core is a register that programs have, so that none is lost. */
  @ParameterizedTest
  @MethodSource("architectures")
  void coresHaveRegistersThatProgramsHave(Architecture architecture) {
    CoreRegisters core = architecture.coreRegisters();
    for (CoreRegisters.Slot slot : core.slots()) {
      assertThat(slot.register().isEmpty() || architecture.programRegisters().has(slot.register()))
          .as(slot.register())
          .isTrue();
    }
    assertThat(architecture.programRegisters().targetXml()).contains("<osabi>GNU/Linux</osabi>");
    assertThat(core.bytes())
        .isEqualTo(
            switch (architecture.name()) {
              // sizeof(elf_gregset_t).
              case "x86-64", "s390x" -> 216;
              case "i386" -> 68;
              case "arm" -> 72;
              case "arm64" -> 272;
              case "ppc64" -> 384;
              case "riscv64" -> 256;
              case "riscv32" -> 128;
              default -> -1;
            });
  }
}
