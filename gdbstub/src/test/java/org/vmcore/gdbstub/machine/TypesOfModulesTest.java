package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A kernel without BTF whose types come from the debugging information of one of its modules: the
 * list of tasks has a program that the guests of the corpus ran.
 */
class TypesOfModulesTest {
  @ParameterizedTest
  @CsvSource({
    "arm, qemu/vmcore.elf",
    "arm-lpae, qemu/vmcore.elf",
    "arm64, kdump/vmcore.md-zlib-d31",
    "arm64, qemu/vmcore.elf",
    "arm64-64k, qemu-lva/vmcore.elf",
    "i386, qemu/vmcore.elf",
    "i386-pae, kdump/vmcore.md-lzo-d31",
    "ppc64le, kdump-radix/vmcore.md-zlib-d31",
    "riscv64, kdump-sv57/vmcore",
    "s390x, kdump/vmcore.md-zlib-d31"
  })
  void tasksAreListed(String kernel, String dump) throws Exception {
    Path file = RealDumps.file(kernel + "/" + dump);
    Path module = RealDumps.file(kernel + "/kernel/vmlab.ko");
    MachineOptions options = MachineOptions.defaults().withTypes(module);

    try (CrashedMachine machine = CrashedMachine.open(List.of(file), options)) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject init = memory.variable("init_task", "struct task_struct");
      List<String> names = new ArrayList<>();
      for (KernelObject task : init.member("tasks").list("struct task_struct", "tasks")) {
        names.add(task.string("comm"));
      }

      assertThat(init.string("comm")).isEqualTo("swapper/0");
      assertThat(names).startsWith("init", "kthreadd").contains("labmulti");
    }
  }
}
