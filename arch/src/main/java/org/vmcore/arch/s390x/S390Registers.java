package org.vmcore.arch.s390x;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;

/**
 * The registers that gdb is told of (GDB manual, "S/390 and System z Features"). Those of {@code
 * org.gnu.gdb.s390.cr} are named as QEMU's own gdbserver names them.
 */
final class S390Registers {
  /** A vector register in the ways that gdb users look at it. */
  private static final String VEC128_TYPE =
      """
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v2d" type="ieee_double" count="2"/>
          <vector id="v16i8" type="int8" count="16"/>
          <vector id="v8i16" type="int16" count="8"/>
          <vector id="v4i32" type="int32" count="4"/>
          <vector id="v2i64" type="int64" count="2"/>
          <union id="vec128">
            <field name="v4_float" type="v4f"/>
            <field name="v2_double" type="v2d"/>
            <field name="v16_int8" type="v16i8"/>
            <field name="v8_int16" type="v8i16"/>
            <field name="v4_int32" type="v4i32"/>
            <field name="v2_int64" type="v2i64"/>
            <field name="uint128" type="uint128"/>
          </union>
      """;

  static final RegisterSet SET =
      new RegisterSet(
          "s390:64-bit",
          List.of(
              new Feature("org.gnu.gdb.s390.core", "", core()),
              new Feature("org.gnu.gdb.s390.acr", "", sixteen("acr%d", 32, "uint32", "access")),
              new Feature("org.gnu.gdb.s390.fpr", "", floatingPoint()),
              new Feature(
                  "org.gnu.gdb.s390.linux",
                  "",
                  List.of(
                      new Register("orig_r2", 64, "uint64", "system"),
                      new Register("last_break", 64, "code_ptr", "system"),
                      new Register("system_call", 32, "uint32", "system"))),
              new Feature("org.gnu.gdb.s390.vx", VEC128_TYPE, vector()),
              new Feature("org.gnu.gdb.s390.cr", "", sixteen("cr%d", 64, "uint64", "control")),
              new Feature(
                  "org.vmcore.s390.prefix",
                  "",
                  List.of(new Register("prefix", 32, "uint32", "system")))));

  private S390Registers() {}

  private static List<Register> core() {
    List<Register> core = new ArrayList<>();
    core.add(new Register("pswm", 64, "uint64", "psw"));
    core.add(new Register("pswa", 64, "uint64", "psw"));
    core.addAll(sixteen("r%d", 64, "uint64", "general"));
    return core;
  }

  private static List<Register> floatingPoint() {
    List<Register> registers = new ArrayList<>();
    registers.add(new Register("fpc", 32, "uint32", "float"));
    registers.addAll(sixteen("f%d", 64, "ieee_double", "float"));
    return registers;
  }

  /** The floating-point registers are the upper halves of v0 to v15. */
  private static List<Register> vector() {
    List<Register> registers = new ArrayList<>(sixteen("v%dl", 64, "uint64", null));
    for (int i = 16; i < 32; i++) {
      registers.add(new Register("v" + i, 128, "vec128", "vector"));
    }
    return registers;
  }

  private static List<Register> sixteen(
      String name, int bits, String type, @Nullable String group) {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      registers.add(new Register(name.formatted(i), bits, type, group));
    }
    return registers;
  }
}
