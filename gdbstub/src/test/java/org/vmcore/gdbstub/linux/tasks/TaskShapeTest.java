package org.vmcore.gdbstub.linux.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;

class TaskShapeTest {
  /** Where the kernel's own types put them. */
  @ParameterizedTest
  @ValueSource(strings = {"x86_64/kdump-btf-null-deref/vmcore.d31.zlib"})
  void findsMembersWhereTheKernelsTypesHaveThem(String dump) throws Exception {
    try (CrashedMachine machine = RealDumps.open(dump)) {
      LinuxKernel linux = machine.linux();
      TypedMemory types = linux.types().orElseThrow();
      Compound task = types.types().compound("struct task_struct").orElseThrow();
      Map<String, Long> truth = new TreeMap<>();
      for (String path :
          new String[] {
            "comm", "tasks", "pid", "tgid", "real_parent", "stack", "mm", "flags", "thread.sp"
          }) {
        truth.put(path, task.offsetOf(path).orElseThrow());
      }
      truth.put("state", task.offsetOf("__state").orElseThrow());
      truth.put("cpu", task.offsetOf("thread_info.cpu").orElseThrow());
      // Found before the other ring of the same threads.
      truth.put("thread_group", task.offsetOf("thread_group").orElseThrow());

      TaskShape.Layout found =
          TaskShape.find(machine.kernelMemory(), linux.address("init_task").orElseThrow())
              .orElseThrow();

      Map<String, Long> members = new TreeMap<>();
      found.members().forEach((name, offset) -> members.put(name, (long) offset));
      assertThat(members).isEqualTo(truth);
    }
  }

  private static final long BASE = 0xffff880000000000L;
  private static final int MM = 304;
  private static final int PID = 364;
  private static final int PARENT = 376;
  private static final int COMM = 800;
  private static final int SP = 856;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x60000, 8);

  /**
   * As Linux 3.10.99 had them on x86-64; {@code struct thread_info} is at the start of the stack,
   * with the CPU at 28.
   */
  private void task(int number, String name, int pid, int next, int previous) {
    long task = BASE + number * 0x1000L;
    long stack = BASE + 0x20000 + number * 0x2000L;
    memory
        .word(task, pid == 0 || pid == 1 ? 0 : 1)
        .word(task + 8, stack)
        .int32(task + 20, pid == 1 || pid == 40 ? 0x400100 : 0x200040)
        .word(task + 248, BASE + next * 0x1000L + 248)
        .word(task + 256, BASE + previous * 0x1000L + 248)
        .word(task + MM, pid == 1 || pid == 40 ? BASE + 0x50000 + pid : 0)
        .word(task + MM + 8, pid == 1 || pid == 40 ? BASE + 0x50000 + pid : BASE + 0x50000)
        .int32(task + PID, pid)
        .int32(task + PID + 4, pid)
        .word(task + PARENT, BASE + (pid <= 2 ? 0 : pid == 40 ? 0x1000 : 0x2000))
        .word(task + PARENT + 8, BASE + (pid <= 2 ? 0 : pid == 40 ? 0x1000 : 0x2000))
        .text(task + COMM, name)
        .word(task + SP - 8, stack + 0x2000)
        .word(task + SP, stack + 0x1e00 - number * 16L)
        .word(stack, task)
        .int32(stack + 28, name.endsWith("/1") ? 1 : 0);
  }

  private TaskShape.Layout found() {
    task(0, "swapper/0", 0, 1, 5);
    task(1, "init", 1, 2, 0);
    task(2, "kthreadd", 2, 3, 1);
    task(3, "ksoftirqd/0", 3, 4, 2);
    task(4, "migration/1", 10, 5, 3);
    task(5, "sleep", 40, 0, 4);
    // A multiple of 8, as every mm is.
    memory.word(BASE + 0x1000 + MM, BASE + 0x50100).word(BASE + 0x1000 + MM + 8, BASE + 0x50100);
    memory.word(BASE + 0x5000 + MM, BASE + 0x50200).word(BASE + 0x5000 + MM + 8, BASE + 0x50200);
    return TaskShape.find(memory.memory(), BASE).orElseThrow();
  }

  @Test
  void linux310() {
    TaskShape.Layout found = found();

    assertThat(found.members())
        .containsOnly(
            Map.entry("state", 0),
            Map.entry("stack", 8),
            Map.entry("flags", 20),
            Map.entry("tasks", 248),
            Map.entry("mm", MM),
            Map.entry("pid", PID),
            Map.entry("tgid", PID + 4),
            Map.entry("real_parent", PARENT),
            Map.entry("comm", COMM),
            Map.entry("thread.sp", SP));
    assertThat(found.cpuInThreadInfo()).isEqualTo(OptionalInt.of(28));
  }

  @Test
  void tasksAreReadByTheirShape() {
    found();
    TypedMemory shaped = shaped();

    Tasks tasks = new Tasks(shaped);

    assertThat(tasks.problems()).isEmpty();
    assertThat(tasks.remark().orElseThrow()).startsWith("told by the shape of the tasks");
    assertThat(tasks.all())
        .extracting(t -> "%d %d %s %s".formatted(t.pid(), t.ppid(), t.state(), t.comm()))
        .containsExactly(
            "1 0 RUNNING init",
            "2 0 INTERRUPTIBLE kthreadd",
            "3 2 INTERRUPTIBLE ksoftirqd/0",
            "10 2 INTERRUPTIBLE migration/1",
            "40 1 INTERRUPTIBLE sleep");
    assertThat(tasks.all()).extracting(t -> t.cpu().orElse(-1)).containsExactly(0, 0, 0, 1, 0);
    assertThat(tasks.all())
        .extracting(Task::kernelThread)
        .containsExactly(false, true, true, true, false);
    assertThat(TypesFit.problem(shaped)).isEmpty();
  }

  /** Two threads of the last process, in a ring of themselves (as until 6.6) or with a head. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void threadsAreFoundByTheirRing(boolean hasHead) {
    found();
    int ring = 472;
    for (int i = 0; i < 5; i++) {
      ring(ring, hasHead ? BASE + 0x58000 + i * 0x100L : 0, BASE + i * 0x1000L);
    }
    long leader = BASE + 5 * 0x1000L;
    long second = BASE + 6 * 0x1000L;
    long third = BASE + 7 * 0x1000L;
    task(6, "sleep-b", 41, 6, 6);
    task(7, "sleep-c", 42, 7, 7);
    memory.int32(second + PID + 4, 40).int32(third + PID + 4, 40);
    ring(ring, hasHead ? BASE + 0x58800 : 0, leader, second, third);

    assertThat(TaskShape.find(memory.memory(), BASE).orElseThrow().members())
        .containsEntry("thread_group", ring);
    Tasks tasks = new Tasks(shaped());

    assertThat(tasks.problems()).isEmpty();
    assertThat(tasks.remark().orElseThrow()).doesNotContain("thread");
    assertThat(tasks.all())
        .extracting(t -> "%d %d %s".formatted(t.pid(), t.tgid(), t.comm()))
        .endsWith("40 40 sleep", "41 40 sleep-b", "42 40 sleep-c")
        .hasSize(7);
  }

  /**
   * Makes tasks hang together.
   *
   * @param head of the ring, no task; 0 where there is none
   */
  private void ring(int offset, long head, long... threads) {
    List<Long> nodes = new ArrayList<>();
    if (head != 0) {
      nodes.add(head);
    }
    for (long thread : threads) {
      nodes.add(thread + offset);
    }
    for (int i = 0; i < nodes.size(); i++) {
      int next = (i + 1) % nodes.size();
      memory.word(nodes.get(i), nodes.get(next)).word(nodes.get(next) + 8, nodes.get(i));
    }
  }

  private TypedMemory shaped() {
    return ShapedTasks.open(
            memory.memory(),
            names -> names.contains("init_task") ? Map.of("init_task", BASE) : Map.of(),
            BASE)
        .orElseThrow();
  }

  @Test
  void whatHoldsNoTasksGivesNone() {
    assertThat(TaskShape.find(memory.memory(), BASE)).isEmpty();
    assertThat(TaskShape.find(memory.memory(), 0x1000)).isEmpty();

    task(0, "swapper/0", 0, 1, 2);
    task(1, "init", 1, 2, 0);
    task(2, "kthreadd", 2, 1, 1);

    assertThat(TaskShape.find(memory.memory(), BASE)).as("a ring that does not close").isEmpty();
  }

  /** The layout of another kernel, which a shuffled one is as good as. */
  @Test
  void typesThatContradictTheMemoryAreFoundOut() throws Exception {
    found();
    try (CrashedMachine machine = RealDumps.open("x86_64/kdump-btf-null-deref/vmcore.d31.zlib")) {
      TypedMemory foreign =
          new TypedMemory(
              memory.memory(),
              machine.linux().types().orElseThrow().types(),
              names -> Map.of("init_task", BASE));

      assertThat(TypesFit.problem(foreign)).isPresent();
      assertThat(TypesFit.problem(machine.linux().types().orElseThrow())).isEmpty();
    }
  }
}
