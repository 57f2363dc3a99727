package org.vmcore.gdbstub.inspect.stacks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Registers in rows, as crash shows them below a frame that was interrupted. */
final class RegisterLines {
  private static final List<String> RISCV =
      List.of(
          "pc ra sp",
          "gp tp t0",
          "t1 t2 fp",
          "s1 a0 a1",
          "a2 a3 a4",
          "a5 a6 a7",
          "s2 s3 s4",
          "s5 s6 s7",
          "s8 s9 s10",
          "s11 t3 t4",
          "t5 t6");

  /** The rows of each architecture, by its name: gdb's names of registers. */
  private static final Map<String, List<String>> ROWS =
      Map.of(
          "x86-64",
          List.of(
              "rip rsp eflags",
              "rax rbx rcx",
              "rdx rsi rdi",
              "rbp r8 r9",
              "r10 r11 r12",
              "r13 r14 r15",
              "orig_rax cs ss"),
          "i386",
          List.of("eip esp eflags", "eax ebx ecx edx", "esi edi ebp", "orig_eax cs ss ds es fs gs"),
          "arm64",
          List.of(
              "pc x30 sp",
              "x29 x28 x27",
              "x26 x25 x24",
              "x23 x22 x21",
              "x20 x19 x18",
              "x17 x16 x15",
              "x14 x13 x12",
              "x11 x10 x9",
              "x8 x7 x6",
              "x5 x4 x3",
              "x2 x1 x0",
              "cpsr"),
          "arm",
          List.of("pc lr sp cpsr", "r12 r11 r10 r9", "r8 r7 r6 r5 r4", "r3 r2 r1 r0"),
          "riscv64",
          RISCV,
          "riscv32",
          RISCV,
          "ppc64",
          List.of(
              "pc lr msr",
              "ctr cr xer",
              "r0 r1 r2",
              "r3 r4 r5",
              "r6 r7 r8",
              "r9 r10 r11",
              "r12 r13 r14",
              "r15 r16 r17",
              "r18 r19 r20",
              "r21 r22 r23",
              "r24 r25 r26",
              "r27 r28 r29",
              "r30 r31",
              "dar dsisr trap"),
          "s390x",
          List.of("pswm pswa", "r0 r1 r2 r3", "r4 r5 r6 r7", "r8 r9 r10 r11", "r12 r13 r14 r15"));

  /** What crash calls some of them. */
  private static final Map<String, String> LABELS =
      Map.of("x30", "LR", "pswm", "PSW MASK", "pswa", "PSW ADDR");

  private RegisterLines() {}

  /**
   * Whole lines; what is not known is left out.
   *
   * @param architecture its name
   * @param digits of an address
   * @param registers by gdb's names
   */
  static String of(String architecture, int digits, Map<String, Long> registers) {
    int width = architecture.equals("arm64") ? 4 : 3;
    StringBuilder text = new StringBuilder();
    for (String row : ROWS.getOrDefault(architecture, List.of())) {
      List<String> cells = new ArrayList<>();
      for (String name : row.split(" ", -1)) {
        Long value = registers.get(name);
        if (value != null) {
          // Of a pushed segment register the upper half may be anything.
          long bits = isSegment(name) ? value & 0xffff : value;
          String shown = ("%0" + digits(name, digits) + "x").formatted(bits);
          int least = isSegment(name) ? 2 : width;
          cells.add(("%" + least + "s: %s").formatted(label(name, digits), shown));
        }
      }
      if (!cells.isEmpty()) {
        text.append("    ").append(String.join("  ", cells)).append('\n');
      }
    }
    return text.toString();
  }

  private static String label(String name, int digits) {
    if (name.equals("eflags")) {
      return digits > Integer.BYTES * 2 ? "RFLAGS" : "EFLAGS";
    }
    if (name.equals("cpsr")) {
      return digits > Integer.BYTES * 2 ? "PSTATE" : "PSR";
    }
    return LABELS.getOrDefault(name, name.toUpperCase(Locale.ROOT));
  }

  private static int digits(String name, int digits) {
    if (isSegment(name)) {
      return 4;
    }
    return name.equals("eflags") || name.equals("cpsr") ? 8 : digits;
  }

  private static boolean isSegment(String name) {
    return name.matches("[c-gs]s");
  }
}
