package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;

/** On a real kernel's types, whose own paths lead to the offsets. */
class MemberAtCorpusTest {
  @Test
  void findsTheMemberThatAPathLeadsTo() throws Exception {
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      Compound task = machine.requireTypes().types().compound("struct task_struct").orElseThrow();
      for (String path :
          new String[] {"pid", "tasks.prev", "se.run_node.rb_left", "thread.sp", "on_cpu"}) {
        long offset = task.offsetOf(path).orElseThrow();
        assertThat(MemberAt.of(task, offset)).contains(path);
      }
      assertThat(MemberAt.of(task, task.offsetOf("comm").orElseThrow() + 3)).contains("comm+3");
      assertThat(MemberAt.of(task, task.size().orElseThrow())).isEmpty();
    }
  }
}
