package org.vmcore.arch.x86;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet.Feature;

/**
 * The x87 and SSE registers. No dump has them of CPUs, but gdb refuses {@code
 * org.gnu.gdb.i386.core} as a whole when one of the first is missing, and cannot write the core of
 * a program that has none of the second.
 */
public final class FpuRegisters {
  public static final List<Register> ALL = all();

  /** What gdb demands of {@code xmm0} and the others (GDB manual, "i386 Features"). */
  private static final String SSE_TYPES =
      """
          <vector id="v8bf16" type="bfloat16" count="8"/>
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v2d" type="ieee_double" count="2"/>
          <vector id="v16i8" type="int8" count="16"/>
          <vector id="v8i16" type="int16" count="8"/>
          <vector id="v4i32" type="int32" count="4"/>
          <vector id="v2i64" type="int64" count="2"/>
          <union id="vec128">
            <field name="v8_bfloat16" type="v8bf16"/>
            <field name="v4_float" type="v4f"/>
            <field name="v2_double" type="v2d"/>
            <field name="v16_int8" type="v16i8"/>
            <field name="v8_int16" type="v8i16"/>
            <field name="v4_int32" type="v4i32"/>
            <field name="v2_int64" type="v2i64"/>
            <field name="uint128" type="uint128"/>
          </union>
      """;

  private FpuRegisters() {}

  /**
   * The vector registers of programs.
   *
   * @param count 8, and 16 in 64-bit programs
   */
  public static Feature sse(int count) {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      registers.add(new Register("xmm" + i, 128, "vec128", "vector"));
    }
    registers.add(new Register("mxcsr", 32, "int", "vector"));
    return new Feature("org.gnu.gdb.i386.sse", SSE_TYPES, registers);
  }

  private static List<Register> all() {
    List<Register> registers = new ArrayList<>();
    for (int i = 0; i <= 7; i++) {
      registers.add(new Register("st" + i, 80, "i387_ext", "float"));
    }
    for (String name :
        List.of("fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop")) {
      registers.add(new Register(name, 32, "int", "float"));
    }
    return List.copyOf(registers);
  }
}
