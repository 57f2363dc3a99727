package org.vmcore.arch.arm;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;

/** The registers that gdb is told of (GDB manual, "ARM Features"). */
final class ArmRegisters {
  static final int DOUBLES = 32;

  private static final Feature LINUX =
      new Feature(
          "org.vmcore.arm.linux", "", List.of(new Register("orig_r0", 32, "int", "system")));

  static final RegisterSet SET =
      new RegisterSet(
          "arm",
          List.of(
              new Feature("org.gnu.gdb.arm.core", "", core()),
              new Feature("org.gnu.gdb.arm.vfp", "", vfp()),
              LINUX));

  static final RegisterSet OF_PROGRAMS = SET.ofPrograms(LINUX);

  private ArmRegisters() {}

  private static List<Register> core() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i <= 12; i++) {
      registers.add(Register.general("r" + i, 32, "uint32"));
    }
    registers.add(Register.general("sp", 32, "data_ptr"));
    registers.add(Register.general("lr", 32, "int"));
    registers.add(Register.general("pc", 32, "code_ptr"));
    registers.add(Register.general("cpsr", 32, "int"));
    return registers;
  }

  private static List<Register> vfp() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < DOUBLES; i++) {
      registers.add(new Register("d" + i, 64, "ieee_double", null));
    }
    registers.add(new Register("fpscr", 32, "int", "float"));
    return registers;
  }
}
