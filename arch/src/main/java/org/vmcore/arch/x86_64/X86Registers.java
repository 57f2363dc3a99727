package org.vmcore.arch.x86_64;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.Register;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.RegisterSet.Feature;

/** The registers that gdb is told of (GDB manual, "i386 Features"). */
final class X86Registers {
  /**
   * Bit names as gdb prints {@code $eflags}; Intel SDM vol. 1, 3.4.3, figure 3-8. Bit 1 is always
   * set and has no name.
   */
  private static final String EFLAGS_TYPE =
      """
          <flags id="i386_eflags" size="4">
            <field name="" start="1" end="1"/>
            <field name="CF" start="0" end="0"/>
            <field name="PF" start="2" end="2"/>
            <field name="AF" start="4" end="4"/>
            <field name="ZF" start="6" end="6"/>
            <field name="SF" start="7" end="7"/>
            <field name="TF" start="8" end="8"/>
            <field name="IF" start="9" end="9"/>
            <field name="DF" start="10" end="10"/>
            <field name="OF" start="11" end="11"/>
            <field name="NT" start="14" end="14"/>
            <field name="RF" start="16" end="16"/>
            <field name="VM" start="17" end="17"/>
            <field name="AC" start="18" end="18"/>
            <field name="VIF" start="19" end="19"/>
            <field name="VIP" start="20" end="20"/>
            <field name="ID" start="21" end="21"/>
          </flags>
      """;

  /** Features of gdb's own and one of ours, which gdb lists after them. */
  static final RegisterSet SET =
      new RegisterSet(
          "i386:x86-64",
          List.of(
              new Feature("org.gnu.gdb.i386.core", EFLAGS_TYPE, core()),
              new Feature("org.gnu.gdb.i386.linux", "", List.of(system("orig_rax", "int64"))),
              new Feature(
                  "org.gnu.gdb.i386.segments",
                  "",
                  List.of(
                      Register.general("fs_base", 64, "int64"),
                      Register.general("gs_base", 64, "int64"))),
              new Feature(
                  "org.vmcore.x86.control",
                  "",
                  List.of(
                      system("cr0", "int64"),
                      system("cr2", "data_ptr"),
                      system("cr3", "int64"),
                      system("cr4", "int64"),
                      system("kernel_gs_base", "data_ptr")))));

  private X86Registers() {}

  /** The feature is refused as a whole when one of these is missing. */
  private static List<Register> core() {
    List<Register> core = new ArrayList<>();
    for (String name : List.of("rax", "rbx", "rcx", "rdx", "rsi", "rdi")) {
      core.add(Register.general(name, 64, "int64"));
    }
    core.add(Register.general("rbp", 64, "data_ptr"));
    core.add(Register.general("rsp", 64, "data_ptr"));
    for (int i = 8; i <= 15; i++) {
      core.add(Register.general("r" + i, 64, "int64"));
    }
    core.add(Register.general("rip", 64, "code_ptr"));
    core.add(Register.general("eflags", 32, "i386_eflags"));
    for (String name : List.of("cs", "ss", "ds", "es", "fs", "gs")) {
      core.add(Register.general(name, 32, "int32"));
    }
    for (int i = 0; i <= 7; i++) {
      core.add(new Register("st" + i, 80, "i387_ext", "float"));
    }
    for (String name :
        List.of("fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop")) {
      core.add(new Register(name, 32, "int", "float"));
    }
    return core;
  }

  private static Register system(String name, String type) {
    return new Register(name, 64, type, "system");
  }
}
