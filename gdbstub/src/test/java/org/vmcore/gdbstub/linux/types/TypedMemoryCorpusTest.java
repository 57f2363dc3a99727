package org.vmcore.gdbstub.linux.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;

/** Kernel structures of a real dump, read by the types that it carries itself. */
@NeedsCorpus
class TypedMemoryCorpusTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";
  private static final String DUMP = FOLDER + "vmcore.d31.zlib";

  private static final Pattern VMCOREINFO_LAYOUT =
      Pattern.compile("(SIZE|OFFSET)\\((\\w+)(?:\\.(\\w+))?\\)=(\\d+)");

  /** The kernel writes sizes and offsets of some structures to VMCOREINFO itself. */
  @Test
  void layoutsAreThoseThatTheKernelTellsInVmcoreinfo() throws Exception {
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      KernelTypes types = machine.linux().types().orElseThrow().types();
      String vmcoreinfo = new String(machine.vmcoreinfo().orElseThrow().text(), ISO_8859_1);
      int compared = 0;
      for (Matcher line = VMCOREINFO_LAYOUT.matcher(vmcoreinfo); line.find(); ) {
        String name = line.group(2);
        Compound type =
            types.compound("struct " + name).or(() -> types.compound(name)).orElseThrow();
        assertThat(line.group(3) == null ? type.size() : type.offsetOf(line.group(3)))
            .as(line.group())
            .hasValue(Long.parseLong(line.group(4)));
        compared++;
      }
      assertThat(compared).isGreaterThan(30);
    }
  }

  /** The list of tasks as drgn prints it with the kernel's own DWARF. */
  @Test
  void tasksAreThoseThatDrgnSees() throws Exception {
    Path drgn = Corpus.file(DUMP + ".drgn.txt");
    List<String> expected =
        Files.readAllLines(drgn, ISO_8859_1).stream()
            .filter(line -> line.matches("pid \\d+ tgid .* cpu \\d+"))
            .toList();

    List<String> tasks = new ArrayList<>();
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject init = memory.variable("init_task", "struct task_struct");
      Walk processes = init.member("tasks").list("struct task_struct", "tasks");
      assertThat(processes.problem()).isEmpty();
      for (KernelObject process : processes) {
        KernelObject threads = process.member("signal->thread_head");
        for (KernelObject task : threads.list("struct task_struct", "thread_node")) {
          tasks.add(
              "pid %d tgid %d comm %s task %#x stack %#x mm %#x state %#x cpu %d"
                  .formatted(
                      task.value("pid"),
                      task.value("tgid"),
                      task.string("comm"),
                      task.address(),
                      task.value("stack"),
                      task.value("mm"),
                      task.value(task.has("__state") ? "__state" : "state"),
                      task.value(task.has("cpu") ? "cpu" : "thread_info.cpu")));
        }
      }
      assertThat(init.string("comm")).isEqualTo("swapper/0");
    }
    assertThat(expected).isNotEmpty();
    assertThat(tasks).containsExactlyElementsOf(expected);
  }

  @Test
  void aMemberIsReachedThroughPointersArraysAndAnonymousUnions() throws Exception {
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject init = memory.variable("init_task", "struct task_struct");
      KernelObject first = init.member("tasks.next").dereference();
      KernelObject task = first.containerOf("struct task_struct", "tasks");

      assertThat(task.string("comm")).isEqualTo("init");
      assertThat(task.value("real_parent->pid")).isZero();
      assertThat(task.member("nsproxy->uts_ns->name.nodename").string()).isNotEmpty();
      assertThat(task.value("cpus_mask.bits[0]"))
          .isEqualTo(
              memory.object("struct cpumask", task.member("cpus_mask").address()).value("bits[0]"));
      assertThat(TypeNames.declaration(task.member("comm").type(), "comm"))
          .isEqualTo("char comm[16]");
      assertThat(TypeNames.of(task.member("signal").type())).isEqualTo("struct signal_struct *");
    }
  }

  /** The state of the module that crashed, as drgn prints it: bit-fields, an enum, a list. */
  @Test
  void readsBitFieldsEnumsAndLists() throws Exception {
    long state =
        Files.readAllLines(Corpus.file(FOLDER + "gt-from-guest.txt"), ISO_8859_1).stream()
            .filter(line -> line.contains("module-data:crashme_state "))
            .map(line -> line.replaceFirst(".*va=(\\w+).*", "$1"))
            .mapToLong(hex -> Long.parseUnsignedLong(hex, 16))
            .findFirst()
            .orElseThrow();
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject crashme = memory.object("struct crashme_state", state);

      assertThat(crashme.value("magic")).isEqualTo(0x1122334455667788L);
      assertThat(crashme.value("flag_a")).isEqualTo(5);
      assertThat(crashme.value("flag_b")).isEqualTo(19);
      assertThat(crashme.value("u.w[1]")).isEqualTo(4277009102L);
      assertThat(Long.toUnsignedString(crashme.value("u.q"))).isEqualTo("18369614217980267262");
      List<String> items = new ArrayList<>();
      for (KernelObject item : crashme.member("items").list("struct crashme_item", "list")) {
        items.add("%s %#x".formatted(item.string("name"), item.address()));
      }
      assertThat(items)
          .containsExactly(
              "item-0 0xffff922b80917bc0",
              "item-1 0xffff922b80917c00",
              "item-2 0xffff922b80917c40",
              "item-3 0xffff922b80917c80",
              "item-4 0xffff922b80917cc0");
    }
  }

  @Test
  void whatIsNotThereIsSaidWithItsPlace() throws Exception {
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject init = memory.variable("init_task", "struct task_struct");

      assertThat(init.has("no_such_member")).isFalse();
      assertThatThrownBy(() -> init.value("no_such_member"))
          .isInstanceOfSatisfying(
              KernelReadException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ABSENT))
          .hasMessage(
              "struct task_struct at 0x%x has no member 'no_such_member'"
                  .formatted(init.address()));
      assertThatThrownBy(() -> init.value("mm->pgd")).hasMessageEndingWith("mm->pgd is NULL");
      assertThatThrownBy(() -> memory.object("struct list_head", 8).value("next"))
          .isInstanceOfSatisfying(
              KernelReadException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREADABLE))
          .hasMessageStartingWith("struct list_head at 0x0000000000000008.next: ");
    }
  }

  @Test
  void modulesHaveTheirOwnTypesOnTopOfTheKernels() throws Exception {
    List<String> names =
        Files.readAllLines(Corpus.file(FOLDER + "modules.txt")).stream()
            .map(line -> line.split(" ", 2)[0])
            .toList();
    try (CrashedMachine machine = RealDumps.open(DUMP)) {
      KernelTypes types = machine.linux().types().orElseThrow().types();

      assertThat(types.modules().keySet()).containsExactlyInAnyOrderElementsOf(names);
      TypeTable zram = Objects.requireNonNull(types.modules().get("zram"));
      assertThat(zram.firstId()).isEqualTo(types.kernel().endId());
      Compound structure = (Compound) zram.named(TypeTable.Kind.STRUCT, "zram").get(0).get();
      assertThat(TypeNames.of(structure.path("disk").orElseThrow().steps().get(0).type().get()))
          .isEqualTo("struct gendisk *");
      assertThat(types.compound("struct zram")).isPresent();
    }
  }
}
