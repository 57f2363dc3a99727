package org.vmcore.gdbstub.port.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.i386.I386;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.x86_64.X86_64;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.linux.stack.Unwinding;

/** Stacks as they lay in the memory of machines that crashed, and what crash made of them. */
class FramePointersTest {
  private static final long TEXT_SIZE = 2 << 20;
  private static final long TEXT = 1 << 20;

  /** From what the page fault of a sysrq's crash interrupted on, on Linux 2.6.32. */
  private static final String STACK_2_6_32 =
      """
      ffffffff81169884 ffff880006888bc0 ffffffff812292e0 0000000d80df4018 2 6a3a10 ffff88000618d280
      fffffffffffffffb 6a3a10 ffff880006845ea8 ffffffff81121080 2 ffff880006003a40 ffff880006845ef8
      ffffffff810cd6a8 3 ffff880006845f50 8241 1 ffff88000618d280 6a3a10 ffff880006845f50
      00007ffeb689bd00 ffff880006845f28 ffffffff81092211 3 ffff88000618d280 6a3a10 2
      ffff880006845f78 ffffffff810924ef ffff880006845f78 ffff880006849c00 0 0 ffff880006845f78 2
      6a13a0 1 6a3a10 ffffffff8100b9cb 202 1b6 ffffffffffff0000 fefefefefefefeff 1 0 2 6a3a10 1 1
      47b7a0 33 202 00007ffeb689c090 2b\
      """;

  /** From the frame of vfs_write() on, on Linux 3.16, when rbp of the program was odd. */
  private static final String STACK_3_16 =
      """
      ffff880000077f50 ffff8800001f5b00 4021a7 ffff8800001f5b00 ffff880000077f78 ffffffff810d46d0 0
      40202c 402022 40201c 0 402027 ffffffff81208ed2 246 0 4021a7 0 1 ffffffffffffffff 1 4021a7 3 1
      401265 33 246 7fff524c58a0 2b\
      """;

  /** From the frame of its do_page_fault() on, on Linux 3.10 of i386. */
  private static final String STACK_I386 =
      """
      c0027ed8 c101fa28 c0027f3c c11af9bc 0 e3 c1260301 63 7 c0027f3c 1 7b 7b d8 c101fa20 ffffffff
      c1154ea1 60 82 c11ab476 c1227107 c122f555 c12603c0 282 2 c0128060 c11551e0 c0027f4c c1155218
      9877ae0 c6501780 c0027f6c c10f381f c0027f98 9877ae0 0 c6501780 2 c10f37e0 c0027f88 c10b1c33
      c0027f98 c10f37e0 c6501780 0 9877ae0 c0027fac c10b20ea\
      """;

  /** A kernel of which nothing is known but a stack, and where there is code. */
  private static LinuxKernel kernel(long stack, long text, int word, String words) {
    String[] all = words.strip().split("\\s+", -1);
    ByteBuffer bytes = ByteBuffer.allocate(all.length * word).order(ByteOrder.LITTLE_ENDIAN);
    for (String one : all) {
      long value = Long.parseUnsignedLong(one, 16);
      if (word == Long.BYTES) {
        bytes.putLong(value);
      } else {
        bytes.putInt((int) value);
      }
    }
    SyntheticDump dump =
        SyntheticDump.builder("stack", 62, 64, ByteOrder.LITTLE_ENDIAN)
            .write(stack & 0xfff, bytes.array())
            .write(TEXT, new byte[(int) TEXT_SIZE])
            .build();
    PageTable table =
        new PageTable() {
          @Override
          public Translation translate(long address) {
            boolean isText = Long.compareUnsigned(address - text, TEXT_SIZE) < 0;
            long physical = isText ? address - text + TEXT : address - (stack & -4096L);
            return Long.compareUnsigned(physical, TEXT + TEXT_SIZE) < 0
                ? new Translation.Mapped(physical, 4096 - (address & 4095))
                : new Translation.Mapped(1L << 40, 4096 - (address & 4095));
          }

          @Override
          public PageWalk walk(long address) {
            return new PageWalk(address, List.of(), translate(address));
          }
        };
    KernelMemory memory =
        new KernelMemory(new VirtualMemory(dump.memory(), table), ByteOrder.LITTLE_ENDIAN, word);
    return LinuxKernel.open(memory, Optional.empty(), List.of(), needed -> Optional.empty());
  }

  private static List<Frame> frames(
      LinuxKernel kernel, Architecture architecture, Unwinder unwinder, Map<String, Long> from) {
    return new Unwinding(kernel, architecture, unwinder).unwind(new FrameRegisters(from), false);
  }

  @Test
  void systemCallsOfOldKernelsLeadToTheUsersRegisters() {
    long sp = 0xffff880006845e40L;
    LinuxKernel kernel = kernel(sp, 0xffffffff81000000L, 8, STACK_2_6_32);
    Map<String, Long> interrupted =
        Map.of("rip", 0xffffffff81120cfdL, "rsp", sp, "rbp", 0xffff880006845e88L);
    List<Frame> frames =
        frames(
            kernel,
            new X86_64(),
            FramePointers.x86_64(kernel, new KernelText(kernel)),
            interrupted);

    assertThat(frames)
        .extracting(Frame::pc)
        .containsExactly(
            0xffffffff81120cfdL,
            0xffffffff81121080L,
            0xffffffff810cd6a8L,
            0xffffffff81092211L,
            0xffffffff810924efL,
            0xffffffff8100b9cbL,
            0x47b7a0L);
    assertThat(frames.get(5).place()).isEqualTo(0xffff880006845f80L);
    Frame user = frames.get(6);
    assertThat(user.kind()).isEqualTo(Frame.Kind.USER);
    assertThat(user.registers().values())
        .containsEntry("rsp", 0x7ffeb689c090L)
        .containsEntry("rbp", 0x6a3a10L)
        .containsEntry("r10", 0x1b6L)
        .doesNotContainKeys("rbx", "r12", "r15");
  }

  /** An odd one tells of saved registers since 4.10, and of nothing where it is the program's. */
  @Test
  void theFramePointerOfAProgramIsAnyNumber() {
    long sp = 0xffff880000077f20L;
    LinuxKernel kernel = kernel(sp, 0xffffffff81010000L, 8, STACK_3_16);
    List<Frame> frames =
        frames(
            kernel,
            new X86_64(),
            FramePointers.x86_64(kernel, new KernelText(kernel)),
            Map.of("rip", 0xffffffff810d3dc8L, "rsp", sp, "rbp", sp + 0x20));

    assertThat(frames)
        .extracting(Frame::pc)
        .containsExactly(0xffffffff810d3dc8L, 0xffffffff810d46d0L, 0xffffffff81208ed2L, 0x401265L);
    assertThat(frames.get(3).registers().values())
        .containsEntry("rsp", 0x7fff524c58a0L)
        .containsEntry("rbp", 0x402027L);
  }

  /** The CPU pushes no stack pointer there: it is where that would have been pushed. */
  @Test
  void exceptionsInTheKernelPushNoStackPointerOnI386() {
    long sp = 0xc0027ed0L;
    LinuxKernel kernel = kernel(sp, 0xc1000000L, 4, STACK_I386);
    List<Frame> frames =
        frames(
            kernel,
            new I386(),
            FramePointers.i386(kernel, new KernelText(kernel)),
            Map.of("eip", 0xc101fa28L, "esp", 0xc0027ed4L, "ebp", 0xc0027ed8L));

    assertThat(frames)
        .extracting(Frame::pc)
        .startsWith(0xc101fa28L, 0xc11af9bcL, 0xc1154ea1L, 0xc1155218L, 0xc10f381fL, 0xc10b1c33L);
    Frame interrupted = frames.get(2);
    assertThat(interrupted.kind()).isEqualTo(Frame.Kind.INTERRUPTED);
    assertThat(interrupted.registers().values())
        .containsEntry("esp", 0xc0027f1cL)
        .containsEntry("ebp", 0xc0027f3cL)
        .doesNotContainKey("ss");
  }
}
