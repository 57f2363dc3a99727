package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;

/** Trees of a real dump against what their entries say of themselves. */
class TreesCorpusTest {
  /** Each region of a process is stored for the addresses that it says it covers. */
  @Test
  void aMapleTreeHasEveryRegionOfEveryProcessAtItsPlace() throws Exception {
    try (CrashedMachine machine = RealDumps.typed()) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      int processes = 0;
      KernelObject init = memory.variable("init_task", "struct task_struct");
      for (KernelObject task : init.member("tasks").list("struct task_struct", "tasks")) {
        if (task.value("mm") == 0) {
          continue;
        }
        processes++;
        KernelObject mm = task.member("mm").dereference();
        Listing<MapleTree.Entry> found = MapleTree.entries(memory, mm.member("mm_mt"));

        assertThat(found.problem()).isEmpty();
        assertThat(found.all()).hasSize((int) mm.value("map_count"));
        for (MapleTree.Entry entry : found.all()) {
          KernelObject region = memory.object("struct vm_area_struct", entry.address());
          assertThat(region.value("vm_start")).isEqualTo(entry.first());
          assertThat(region.value("vm_end") - 1).isEqualTo(entry.last());
          assertThat(region.value("vm_mm")).isEqualTo(mm.address());
        }
      }
      assertThat(processes).isPositive();
    }
  }

  /** An interrupt's descriptor says its number, which it is stored under. */
  @Test
  void anXarrayHasEveryInterruptAtItsNumber() throws Exception {
    try (CrashedMachine machine = RealDumps.typed()) {
      TypedMemory memory = machine.linux().types().orElseThrow();
      KernelObject root = memory.variable("irq_desc_tree", "struct xarray");

      List<Long> numbers = new ArrayList<>();
      for (XArray.Entry entry : XArray.entries(memory, root)) {
        KernelObject descriptor = memory.object("struct irq_desc", entry.address());
        assertThat(descriptor.value("irq_data.irq")).isEqualTo(entry.index());
        numbers.add(entry.index());
      }

      assertThat(numbers).isSorted().contains(0L, 4L);
    }
  }
}
