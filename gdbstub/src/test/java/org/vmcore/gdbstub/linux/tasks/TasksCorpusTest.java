package org.vmcore.gdbstub.linux.tasks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** The tasks of real dumps, as drgn and the guests themselves saw them. */
@NeedsCorpus
class TasksCorpusTest {
  private static final String BTF = "x86_64/kdump-btf-null-deref/";

  /** Kernels without BTF take their types from a module's debugging information. */
  private static CrashedMachine open(String dump) throws Exception {
    MachineOptions options = MachineOptions.defaults();
    if (!dump.startsWith(BTF)) {
      options = options.withTypes(Corpus.file(dump.split("/", -1)[0] + "/kernel/vmlab.ko"));
    }
    return CrashedMachine.open(List.of(Corpus.file(dump)), options);
  }

  @ParameterizedTest
  @CsvSource({
    "arm/kdump/vmcore.md-zlib-d31, arm/kdump/vmcore.drgn.txt",
    "arm64/kdump/vmcore.md-zlib-d31, arm64/kdump/vmcore.drgn.txt",
    "arm64/qemu/vmcore.elf, arm64/qemu/vmcore.elf.drgn.txt",
    "arm64-64k/qemu-lva/vmcore.elf, arm64-64k/qemu-lva/vmcore.elf.drgn.txt",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31, ppc64le/kdump-radix/vmcore.drgn.txt",
    "riscv64/kdump-sv57/vmcore, riscv64/kdump-sv57/vmcore.drgn.txt",
    "s390x/kdump/vmcore.md-zlib-d31, s390x/kdump/vmcore.drgn.txt",
    "s390x/qemu/vmcore.elf, s390x/qemu/vmcore.elf.drgn.txt"
  })
  void listsTheTasksThatDrgnLists(String dump, String drgn) throws Exception {
    List<String> expected =
        Files.readAllLines(Corpus.file(drgn), ISO_8859_1).stream()
            .filter(line -> line.matches("\\d+ \\S+ 0x[0-9a-f]+"))
            .toList();
    List<String> found = new ArrayList<>();
    try (CrashedMachine machine = open(dump)) {
      for (Task task : machine.tasks().list().all()) {
        found.add("%d %s %#x".formatted(task.pid(), task.comm(), task.address()));
      }
      assertThat(machine.tasks().list().problems()).isEmpty();
    }
    assertThat(expected).hasSizeGreaterThan(25);
    // drgn goes by PID, the kernel's list by process.
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  /** A blocked task goes on in the scheduler, and its stack pointer is in its stack. */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib, rsp, __schedule",
    "i386-pae/kdump/vmcore.md-lzo-d31, esp, __schedule",
    "arm/kdump/vmcore.md-zlib-d31, sp, __schedule",
    "arm64/kdump/vmcore.md-zlib-d31, sp, __switch_to",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31, r1, __switch_to",
    "riscv64/kdump-sv57/vmcore, sp, __schedule",
    "s390x/kdump/vmcore.md-zlib-d31, r15, __schedule"
  })
  void registersOfBlockedTasksAreThoseOfTheSwitch(String dump, String sp, String function)
      throws Exception {
    try (CrashedMachine machine = open(dump)) {
      int blocked = 0;
      for (Task task : machine.tasks().list().all()) {
        if (task.state() != TaskState.RUNNING) {
          RegisterValues registers = machine.tasks().registersOf(task);
          assertThat(registers.value(sp).orElse(0) - task.stack())
              .as("stack pointer of %s", task)
              .isBetween(0L, 32L << 10);
          assertThat(symbol(machine, pc(machine, registers))).as("%s", task).isEqualTo(function);
          blocked++;
        }
      }
      assertThat(blocked).isGreaterThan(25);
    }
  }

  private static long pc(CrashedMachine machine, RegisterValues registers) throws Exception {
    String name = machine.requireArchitecture().programCounter();
    OptionalLong value = registers.value(name);
    return value.orElseThrow();
  }

  private static String symbol(CrashedMachine machine, long address) throws Exception {
    Kallsyms kallsyms = machine.linux().kallsyms().orElseThrow();
    OptionalInt symbol = kallsyms.at(address);
    return symbol.isPresent() ? kallsyms.name(symbol.getAsInt()) : "?";
  }

  /** kdump's notes say the PID of the task that each CPU ran. */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-btf-null-deref/vmcore.d31.zlib",
    "i386-pae/kdump/vmcore.md-lzo-d31",
    "arm/kdump/vmcore.md-zlib-d31",
    "arm64/kdump/vmcore.md-zlib-d31",
    "ppc64le/kdump-radix/vmcore.md-zlib-d31",
    "riscv64/kdump-sv57/vmcore"
  })
  void knowsWhatEachCpuRan(String dump) throws Exception {
    try (CrashedMachine machine = open(dump)) {
      assertThat(machine.cpus()).isNotEmpty();
      for (CrashedCpu cpu : machine.cpus()) {
        Optional<Task> current = machine.tasks().list().current(cpu.number());
        assertThat(current.map(Task::pid)).as("%s", cpu).hasValue(cpu.state().pid().orElseThrow());
        assertThat(machine.tasks().list().idle(cpu.number()).map(Task::comm))
            .hasValue("swapper/" + cpu.number());
      }
    }
  }

  /** The guest crashed in init on CPU 0, and had labspin in user mode on CPU 1. */
  @Test
  void knowsWhatEachCpuRanWhereNotesHaveNoPid() throws Exception {
    try (CrashedMachine machine = open("s390x/kdump/vmcore.md-zlib-d31")) {
      Tasks tasks = machine.tasks().list();
      assertThat(tasks.current(0).map(Task::comm)).hasValue("init");
      assertThat(tasks.current(1).map(Task::comm)).hasValue("labspin");
      assertThat(machine.tasks().panicTask()).isEqualTo(tasks.current(0));
    }
  }

  /** The guest's own walk through the page tables of one of its processes. */
  @Test
  void userAddressesAreThoseOfTheTask() throws Exception {
    int compared = 0;
    try (CrashedMachine machine = open(BTF + "vmcore.d31.zlib")) {
      for (String line :
          Files.readAllLines(Corpus.file(BTF + "vmcore.d31.zlib.truth.tsv"), ISO_8859_1)) {
        String[] field = line.split("\t", -1);
        if (field[0].equals("user")) {
          Task task = machine.tasks().list().pid(Integer.parseInt(field[2])).orElseThrow();
          assertThat(machine.tasks().memoryOf(task).translate(Long.decode(field[3])))
              .as(line)
              .isInstanceOfSatisfying(
                  Translation.Mapped.class,
                  mapped -> assertThat(mapped.physicalAddress()).isEqualTo(Long.decode(field[4])));
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(6);
  }

  /** What memtouch maps by itself, and what every process has. */
  @Test
  void regionsOfAProcess() throws Exception {
    try (CrashedMachine machine = open(BTF + "vmcore.d31.zlib")) {
      Tasks tasks = machine.tasks().list();
      List<MemoryRegion> regions =
          tasks.addressSpace(tasks.pid(64).orElseThrow()).orElseThrow().regions();
      assertThat(regions)
          .extracting(
              region ->
                  "%x-%x %s %s"
                      .formatted(region.start(), region.end(), region.permissions(), region.file()))
          .contains(
              "400000-401000 r--p /bin/memtouch",
              "100000000-100010000 rw-p ",
              "200000000-200400000 rw-p ")
          .anyMatch(line -> line.endsWith("[stack]"))
          .anyMatch(line -> line.endsWith("[vdso]"));
      assertThat(regions).isSortedAccordingTo((a, b) -> Long.compare(a.start(), b.start()));
      assertThat(tasks.addressSpace(tasks.pid(2).orElseThrow())).isEmpty();
    }
  }

  /** The kernel's clock stood where makedumpfile's VMCOREINFO says that it crashed. */
  @Test
  void timeIsThatOfTheCrash() throws Exception {
    try (CrashedMachine machine = open(BTF + "vmcore.d31.zlib")) {
      SystemState state = new SystemState(machine.linux());
      long crash =
          Long.parseLong(machine.vmcoreinfo().orElseThrow().value("CRASHTIME").orElseThrow());
      assertThat(state.time().orElseThrow().getEpochSecond()).isEqualTo(crash);
      // The serial log's last line has 6.8 seconds.
      assertThat(state.uptime().orElseThrow().toSeconds()).isEqualTo(6);
      assertThat(state.loadAverage()).hasSize(3);
      assertThat(state.memoryPages()).hasValue(49019);
    }
  }

  @Test
  void withoutAListThereAreNoTasksButAReason() throws Exception {
    try (CrashedMachine machine = open(BTF + "vmcore.d31.zlib")) {
      TypedMemory real = machine.requireTypes();
      Tasks tasks = new Tasks(new TypedMemory(real.memory(), real.types(), names -> Map.of()));
      assertThat(tasks.all()).isEmpty();
      assertThat(tasks.problems()).containsExactly("the kernel has no symbol 'init_task'");
      assertThat(tasks.current(0)).isEmpty();
      assertThat(tasks.idle(0)).isEmpty();
    }
  }
}
