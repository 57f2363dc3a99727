package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The layout of a {@code struct pt_regs}, in which the kernel keeps the registers of what it
 * interrupted: words in a row.
 *
 * @param names gdb's, in the struct's order
 */
record SavedRegisters(KernelMemory memory, List<String> names) {
  /** Linux arch/x86/include/asm/ptrace.h. */
  static final List<String> X86_64 =
      words(
          "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss");

  /** The part of it that the CPU itself pushes (Intel SDM volume 3A, 6.14.2). */
  static final List<String> X86_64_HARDWARE = List.of("rip", "cs", "eflags", "rsp", "ss");

  /** Linux arch/x86/include/asm/ptrace.h. */
  static final List<String> I386 =
      words("ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss");

  private static List<String> words(String names) {
    return List.of(names.split(" ", -1));
  }

  int bytes() {
    return names.size() * memory.wordBytes();
  }

  /** The registers that are saved at an address; empty when they cannot be read. */
  Optional<FrameRegisters> read(long address) {
    Optional<ByteBuffer> words = memory.bytes(address, bytes());
    if (words.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> values = new LinkedHashMap<>();
    for (String name : names) {
      values.put(name, memory.nextWord(words.get()));
    }
    return Optional.of(new FrameRegisters(values));
  }
}
