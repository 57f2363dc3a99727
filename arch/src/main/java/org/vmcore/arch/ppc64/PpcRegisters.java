package org.vmcore.arch.ppc64;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;

/** The registers that gdb is told of (GDB manual, "PowerPC Features"). */
final class PpcRegisters {
  /** What gdb demands of a vector register in either byte order. */
  private static final String VEC128_TYPE =
      """
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v16i8" type="int8" count="16"/>
          <vector id="v8i16" type="int16" count="8"/>
          <vector id="v4i32" type="int32" count="4"/>
          <union id="vec128">
            <field name="uint128" type="uint128"/>
            <field name="v4_float" type="v4f"/>
            <field name="v4_int32" type="v4i32"/>
            <field name="v8_int16" type="v8i16"/>
            <field name="v16_int8" type="v16i8"/>
          </union>
      """;

  private static final Feature EXCEPTION =
      new Feature(
          "org.vmcore.power.exception",
          "",
          List.of(
              system("softe", "int"),
              system("dar", "data_ptr"),
              system("dsisr", "int"),
              system("result", "int")));

  static final RegisterSet SET =
      new RegisterSet(
          "powerpc:common64",
          List.of(
              new Feature("org.gnu.gdb.power.core", "", core()),
              new Feature("org.gnu.gdb.power.fpu", "", floatingPoint()),
              new Feature("org.gnu.gdb.power.altivec", VEC128_TYPE, vector()),
              new Feature("org.gnu.gdb.power.vsx", "", upperHalves()),
              new Feature(
                  "org.gnu.gdb.power.linux",
                  "",
                  List.of(
                      Register.general("orig_r3", 64, "int"), Register.general("trap", 64, "int"))),
              EXCEPTION));

  static final RegisterSet OF_PROGRAMS = SET.ofPrograms(EXCEPTION);

  private PpcRegisters() {}

  private static List<Register> core() {
    List<Register> core = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      core.add(Register.general("r" + i, 64, "uint64"));
    }
    core.add(Register.general("pc", 64, "code_ptr"));
    core.add(Register.general("msr", 64, "uint64"));
    core.add(Register.general("cr", 32, "uint32"));
    core.add(Register.general("lr", 64, "code_ptr"));
    core.add(Register.general("ctr", 64, "uint64"));
    core.add(Register.general("xer", 32, "uint32"));
    return core;
  }

  private static List<Register> floatingPoint() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      registers.add(Register.general("f" + i, 64, "ieee_double"));
    }
    registers.add(new Register("fpscr", 64, "int", "float"));
    return registers;
  }

  private static List<Register> vector() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      registers.add(Register.general("vr" + i, 128, "vec128"));
    }
    registers.add(new Register("vscr", 32, "int", "vector"));
    registers.add(new Register("vrsave", 32, "int", "vector"));
    return registers;
  }

  /** With the floating-point registers, vs0 to vs31; vs32 to vs63 are the vector registers. */
  private static List<Register> upperHalves() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      registers.add(Register.general("vs" + i + "h", 64, "uint64"));
    }
    return registers;
  }

  private static Register system(String name, String type) {
    return new Register(name, 64, type, "system");
  }
}
