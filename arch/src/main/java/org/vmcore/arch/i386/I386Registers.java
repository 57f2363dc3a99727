package org.vmcore.arch.i386;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;
import org.vmcore.arch.x86.Eflags;
import org.vmcore.arch.x86.FpuRegisters;

/** The registers that gdb is told of (GDB manual, "i386 Features"). */
final class I386Registers {
  /**
   * Features of gdb's own and one of ours. The segments' bases are in ours, as gdb knows those of
   * 64-bit programs only; the kernel's per-CPU data is at that of FS.
   */
  static final RegisterSet SET =
      new RegisterSet(
          "i386",
          List.of(
              new Feature("org.gnu.gdb.i386.core", Eflags.TYPE, core()),
              new Feature("org.gnu.gdb.i386.linux", "", List.of(system("orig_eax", "int"))),
              new Feature(
                  "org.vmcore.x86.control",
                  "",
                  List.of(
                      system("cr0", "int"),
                      system("cr2", "data_ptr"),
                      system("cr3", "int"),
                      system("cr4", "int"),
                      system("fs_base", "data_ptr"),
                      system("gs_base", "data_ptr")))));

  static final RegisterSet OF_PROGRAMS = SET.ofPrograms(FpuRegisters.sse(8));

  private I386Registers() {}

  private static List<Register> core() {
    List<Register> core = new ArrayList<>();
    for (String name : List.of("eax", "ecx", "edx", "ebx")) {
      core.add(Register.general(name, 32, "int32"));
    }
    core.add(Register.general("esp", 32, "data_ptr"));
    core.add(Register.general("ebp", 32, "data_ptr"));
    core.add(Register.general("esi", 32, "int32"));
    core.add(Register.general("edi", 32, "int32"));
    core.add(Register.general("eip", 32, "code_ptr"));
    core.add(Register.general("eflags", 32, Eflags.TYPE_NAME));
    for (String name : List.of("cs", "ss", "ds", "es", "fs", "gs")) {
      core.add(Register.general(name, 32, "int32"));
    }
    core.addAll(FpuRegisters.ALL);
    return core;
  }

  private static Register system(String name, String type) {
    return new Register(name, 32, type, "system");
  }
}
