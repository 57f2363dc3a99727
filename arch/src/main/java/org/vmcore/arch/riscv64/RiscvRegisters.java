package org.vmcore.arch.riscv64;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.Register;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.RegisterSet.Feature;

/** The registers that gdb is told of (GDB manual, "RISC-V Features"). */
final class RiscvRegisters {
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

  static final RegisterSet SET =
      new RegisterSet(
          "riscv:rv64",
          List.of(
              new Feature("org.gnu.gdb.riscv.cpu", "", integer()),
              new Feature(
                  "org.gnu.gdb.riscv.fpu",
                  "",
                  FLOAT.stream()
                      .map(name -> new Register(name, 64, "ieee_double", "float"))
                      .toList())));

  private RiscvRegisters() {}

  private static List<Register> integer() {
    List<Register> registers = new ArrayList<>();
    for (String name : INTEGER) {
      boolean pointer = List.of("sp", "gp", "tp", "fp").contains(name);
      String type = name.equals("ra") ? "code_ptr" : pointer ? "data_ptr" : "int";
      registers.add(Register.general(name, 64, type));
    }
    registers.add(Register.general("pc", 64, "code_ptr"));
    return registers;
  }
}
