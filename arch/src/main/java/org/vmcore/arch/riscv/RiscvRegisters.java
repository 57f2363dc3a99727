package org.vmcore.arch.riscv;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;
import org.vmcore.dumpreader.api.ElfMachines;

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

  /**
   * RISC-V ELF psABI, "Relocations" and "DWARF Register Numbers", of which 64 is where compilers
   * tell the interrupted instruction of a signal frame.
   */
  public static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_RISCV, 1, 2).with(0, String.join(" ", INTEGER)).with(64, "pc");

  /** crash's {@code bt}. */
  public static final RegisterRows ROWS =
      RegisterRows.of(
          3,
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
}
