package org.vmcore.arch.riscv;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;

/** The registers that gdb is told of (GDB manual, "RISC-V Features"). */
public final class RiscvRegisters {
  /** The ABI's names of x0 to x31 (RISC-V ELF psABI, "Integer Register Convention"). */
  private static final List<String> INTEGER =
      List.of(
          "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3",
          "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
          "t3", "t4", "t5", "t6");

  /** The ABI's names of f0 to f31. No dump has them, but gdb refuses programs that use them. */
  private static final List<String> FLOAT =
      List.of(
          "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
          "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
          "fs10", "fs11", "ft8", "ft9", "ft10", "ft11");

  public static final RegisterSet SET_64 = set(64);
  public static final RegisterSet SET_32 = set(32);

  private RiscvRegisters() {}

  /**
   * @param bits of an integer register
   */
  private static RegisterSet set(int bits) {
    return new RegisterSet(
        "riscv:rv" + bits,
        List.of(
            new Feature("org.gnu.gdb.riscv.cpu", "", integer(bits)),
            new Feature(
                "org.gnu.gdb.riscv.fpu",
                "",
                FLOAT.stream()
                    .map(name -> new Register(name, 64, "ieee_double", "float"))
                    .toList())));
  }

  private static List<Register> integer(int bits) {
    List<Register> registers = new ArrayList<>();
    for (String name : INTEGER) {
      boolean pointer = List.of("sp", "gp", "tp", "fp").contains(name);
      String type = name.equals("ra") ? "code_ptr" : pointer ? "data_ptr" : "int";
      registers.add(Register.general(name, bits, type));
    }
    registers.add(Register.general("pc", bits, "code_ptr"));
    return registers;
  }

  /** The registers that {@code __switch_to} keeps in {@code thread}. */
  public static RegisterValues switchedOut(SavedRegisters saved) {
    saved.member("pc", "thread.ra").member("ra", "thread.ra").member("sp", "thread.sp");
    saved.member("fp", "thread.s[0]");
    for (int i = 1; i <= 11; i++) {
      saved.member("s" + i, "thread.s[" + i + "]");
    }
    return saved.build();
  }
}
