package org.vmcore.arch.x86;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;

/**
 * The x87 registers. No dump has them, but gdb refuses {@code org.gnu.gdb.i386.core} as a whole
 * when one is missing.
 */
public final class FpuRegisters {
  public static final List<Register> ALL = all();

  private FpuRegisters() {}

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
