package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
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

  /** fs/read_write.c: ssize_t vfs_read(struct file *, char __user *, size_t, loff_t *). */
  @Test
  void functionsAreKnownByWhatTheyTake() throws Exception {
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      KernelTypes types = machine.requireTypes().types();
      Type.Prototype read = types.function("vfs_read", Optional.empty()).orElseThrow();
      assertThat(read.parameters()).extracting(Type.Parameter::name).startsWith("file", "buf");
      assertThat(read.parameters()).hasSize(4);
      Type file = read.parameters().get(0).type().get().resolved();
      assertThat(((Type.Pointer) file).target().get().resolved()).hasToString("struct file");
      assertThat(types.function("no_such_function", Optional.empty())).isEmpty();
      assertThat(types.function("vfs_read", Optional.of("no_such_module"))).isEmpty();
    }
  }
}
