package org.vmcore.arch.x86_64;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterSet.Feature;
import org.vmcore.arch.x86.Eflags;
import org.vmcore.arch.x86.FpuRegisters;

/** The registers that gdb is told of (GDB manual, "i386 Features"). */
final class X86Registers {
  /** Features of gdb's own and one of ours, which gdb lists after them. */
  static final RegisterSet SET =
      new RegisterSet(
          "i386:x86-64",
          List.of(
              new Feature("org.gnu.gdb.i386.core", Eflags.TYPE, core()),
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

  static final RegisterSet OF_PROGRAMS = SET.ofPrograms(FpuRegisters.sse(16));

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
    core.add(Register.general("eflags", 32, Eflags.TYPE_NAME));
    for (String name : List.of("cs", "ss", "ds", "es", "fs", "gs")) {
      core.add(Register.general(name, 32, "int32"));
    }
    core.addAll(FpuRegisters.ALL);
    return core;
  }

  private static Register system(String name, String type) {
    return new Register(name, 64, type, "system");
  }
}
