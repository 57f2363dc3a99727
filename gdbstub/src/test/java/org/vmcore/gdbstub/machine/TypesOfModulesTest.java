package org.vmcore.gdbstub.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.gdbstub.linux.types.BtfWriter;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.testing.Corpus;

/**
 * A kernel without BTF whose types come from the debugging information of one of its modules: the
 * list of tasks has a program that the guests of the corpus ran.
 */
class TypesOfModulesTest {
  @Tag("slow")
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
    Path file = Corpus.file(kernel + "/" + dump);
    Path module = Corpus.file(kernel + "/kernel/vmlab.ko");
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

  /** What a user names is believed first; what it lacks the dump may have. */
  @Test
  void typesOfTheDumpAreFoundBesideThoseOfAFile(@TempDir Path directory) throws Exception {
    Path dump = Corpus.file("x86_64/kdump-btf-null-deref/vmcore.d31.zlib");
    Path source =
        Files.writeString(
            directory.resolve("named.c"),
            "struct named { int number; } named; struct zram_table_entry { char mine; } mine;");
    Path file = directory.resolve("named.o");
    Tools.run("gcc", "-g", "-c", "-o", "" + file, "" + source);
    MachineOptions options = MachineOptions.defaults().withTypes(file);

    try (CrashedMachine machine = CrashedMachine.open(List.of(dump), options)) {
      KernelTypes types = machine.requireTypes().types();
      assertThat(types.has("struct named", "number")).as("of the file").isTrue();
      assertThat(types.has("struct task_struct", "comm")).as("of the kernel").isTrue();
      assertThat(types.has("struct zram", "disk")).as("of a module").isTrue();
      assertThat(types.has("struct zram_table_entry", "mine")).as("the file's").isTrue();
    }
  }

  /** As /sys/kernel/btf/vmlinux shows it, and as vmlinux has it in a section. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void btfIsTakenFromAFile(boolean inVmlinux, @TempDir Path directory) throws Exception {
    Path dump = Corpus.file("x86_64/kdump-5level-sysrq/vmcore.d31.zstd");
    Path btf = directory.resolve("btf");
    Files.write(btf, BtfWriter.everyKind(ByteOrder.LITTLE_ENDIAN).bytes());
    Path file = btf;
    if (inVmlinux) {
      Path vmlinux =
          Files.write(directory.resolve("demo"), DemoMachine.builder().build().vmlinux());
      file = directory.resolve("vmlinux");
      Tools.run("objcopy", "--add-section", ".BTF=" + btf, "" + vmlinux, "" + file);
    }
    MachineOptions options = MachineOptions.defaults().withTypes(file);
    try (CrashedMachine machine = CrashedMachine.open(List.of(dump), options)) {
      assertThat(machine.requireTypes().types().find("struct node")).isPresent();
    }
  }
}
