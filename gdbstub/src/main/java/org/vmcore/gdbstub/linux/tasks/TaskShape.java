package org.vmcore.gdbstub.linux.tasks;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.tasks.TaskRing.Sample;

/**
 * Where a kernel without types has the few members of {@code struct task_struct} that prove
 * themselves by what all tasks have there; the tasks are found first ({@link TaskRing}). The order
 * of the members is not assumed where a search would do without it, but for neighbours that are
 * declared in one line.
 *
 * <p>Bounded by the number of tasks that are looked at.
 */
final class TaskShape {
  /** PID of kthreadd, which the kernel starts right after init (Linux init/main.c, rest_init). */
  private static final int KTHREADD_PID = 2;

  /** PF_KTHREAD, in the same place since it exists, Linux 2.6.27. */
  private static final int KERNEL_THREAD = 0x00200000;

  private static final int PAGE = 4096;

  /** THREAD_SIZE is at most this. */
  private static final int MAX_STACK = 64 << 10;

  /** STACK_END_MAGIC (include/uapi/linux/magic.h), since 2.6.29. */
  private static final int STACK_END = 0x57ac6e9d;

  /** A {@code struct thread_info} at the start of a stack is smaller. */
  private static final int MAX_THREAD_INFO = 256;

  /** TASK_INTERRUPTIBLE, in which kthreadd waits. */
  private static final int INTERRUPTIBLE = 1;

  /** TASK_STATE_MAX is less on every kernel (include/linux/sched.h). */
  private static final int STATES_END = 0x20000;

  /** Threads of the kernel that belong to a CPU, whose number is in their names. */
  private static final Pattern OF_CPU =
      Pattern.compile("(?:ksoftirqd|migration|watchdog|cpuhp|kworker)/(\\d{1,4})(?::.*)?");

  private final KernelMemory memory;
  private final int word;
  private final TaskRing ring;
  private final Sample first;
  private final List<Sample> tasks;
  private final Map<String, Integer> members = new LinkedHashMap<>();
  private OptionalInt cpuInThreadInfo = OptionalInt.empty();

  private TaskShape(KernelMemory memory, TaskRing ring) {
    this.memory = memory;
    this.word = memory.wordBytes();
    this.ring = ring;
    this.first = ring.first();
    this.tasks = ring.others();
    members.put("comm", ring.comm());
    members.put("tasks", ring.tasks());
  }

  /**
   * What was found.
   *
   * @param members offsets in bytes, by the names that the kernel has for them
   * @param cpuInThreadInfo offset of {@code cpu} in the {@code struct thread_info} at the start of
   *     each stack, on kernels that have it there
   */
  record Layout(Map<String, Integer> members, OptionalInt cpuInThreadInfo) {
    Layout {
      members = Map.copyOf(members);
    }
  }

  /**
   * Empty where what is there are no tasks.
   *
   * @param initTask address of {@code init_task}
   */
  static Optional<Layout> find(KernelMemory memory, long initTask) {
    return TaskRing.find(memory, initTask)
        .map(ring -> new TaskShape(memory, ring))
        .filter(TaskShape::findNumbers)
        .map(TaskShape::rest);
  }

  private Layout rest() {
    findParent();
    findStack();
    findMm();
    findState();
    findCpu();
    findStackPointer();
    put("thread_group", new ThreadShape(memory, at("pid")).find(tasks, TaskRing.MAX_BYTES));
    return new Layout(members, cpuInThreadInfo);
  }

  private OptionalInt firstOffset(int from, int to, int step, IntPredicate wanted) {
    return IntStream.iterate(from, at -> at < to, at -> at + step).filter(wanted).findFirst();
  }

  private int at(String member) {
    return members.getOrDefault(member, 0);
  }

  private void put(String member, OptionalInt offset) {
    if (offset.isPresent()) {
      members.put(member, offset.getAsInt());
    }
  }

  /**
   * {@code pid_t pid; pid_t tgid;}: the same for the leaders of processes, which are in the ring.
   */
  private boolean findNumbers() {
    Sample kthreadd = ring.kthreadd();
    OptionalInt pid =
        firstOffset(
            0,
            TaskRing.MAX_BYTES,
            Integer.BYTES,
            at ->
                kthreadd.int32(at) == KTHREADD_PID
                    && first.int32(at) == 0
                    && first.int32(at + Integer.BYTES) == 0
                    && tasks.stream()
                        .allMatch(
                            task ->
                                task.int32(at) > 0
                                    && task.int32(at) == task.int32(at + Integer.BYTES))
                    && tasks.stream().mapToInt(task -> task.int32(at)).distinct().count()
                        == tasks.size());
    put("pid", pid);
    pid.ifPresent(at -> members.put("tgid", at + Integer.BYTES));
    return pid.isPresent();
  }

  /** {@code real_parent}, then {@code parent}: tasks, but with threads that the ring lacks. */
  private void findParent() {
    Set<Long> known = new HashSet<>(List.of(first.address()));
    tasks.forEach(task -> known.add(task.address()));
    Sample kthreadd = ring.kthreadd();
    put(
        "real_parent",
        firstOffset(
            (at("tgid") + word) & -word,
            TaskRing.MAX_BYTES,
            word,
            at ->
                kthreadd.word(at) == first.address()
                    && first.word(at) == first.address()
                    && first.word(at + word) == first.address()
                    && most(task -> known.contains(task.word(at)))));
  }

  private boolean most(Predicate<Sample> wanted) {
    return tasks.stream().filter(wanted).count() * 10 >= tasks.size() * 9L;
  }

  /** Each has its own, at whose end there is a mark, or at whose start there is who it is of. */
  private void findStack() {
    put(
        "stack",
        firstOffset(
            0,
            at("comm"),
            word,
            at ->
                most(task -> isStack(task, task.word(at)))
                    && tasks.stream().mapToLong(task -> task.word(at)).distinct().count()
                        == tasks.size()));
  }

  private boolean isStack(Sample task, long stack) {
    return stack != 0
        && stack % PAGE == 0
        && (memory.int32(stack).orElse(0) == STACK_END
            || memory.word(stack).orElse(0) == task.address());
  }

  /**
   * {@code mm}, then {@code active_mm}: the same for processes, none for threads of the kernel,
   * which are those that a flag says so of.
   */
  private void findMm() {
    Sample kthreadd = ring.kthreadd();
    put(
        "mm",
        firstOffset(
            0,
            at("comm"),
            word,
            at ->
                kthreadd.word(at) == 0
                    && first.word(at) == 0
                    && tasks.stream().anyMatch(task -> isProcess(task, at))
                    && tasks.stream().allMatch(task -> task.word(at) == 0 || isProcess(task, at))));
    if (members.containsKey("mm")) {
      int mm = at("mm");
      put(
          "flags",
          firstOffset(
              0,
              at("tasks"),
              Integer.BYTES,
              at ->
                  tasks.stream()
                      .allMatch(
                          task ->
                              (task.word(mm) == 0) == ((task.int32(at) & KERNEL_THREAD) != 0))));
    }
  }

  private boolean isProcess(Sample task, int mm) {
    long value = task.word(mm);
    return value != 0
        && value % word == 0
        && value == task.word(mm + word)
        && memory.word(value).isPresent();
  }

  /** Most tasks wait, kthreadd among them; it has always been right in front of the stack. */
  private void findState() {
    if (!members.containsKey("stack")) {
      return;
    }
    Sample kthreadd = ring.kthreadd();
    put(
        "state",
        firstOffset(
            Math.max(at("stack") - 2 * word, 0),
            at("stack"),
            Integer.BYTES,
            at ->
                (kthreadd.int32(at) & INTERRUPTIBLE) != 0
                    && first.int32(at) == 0
                    && tasks.stream()
                        .allMatch(task -> task.int32(at) >= 0 && task.int32(at) < STATES_END)));
  }

  /**
   * Where all that belong to a CPU have its number; on a machine of one there is nothing to find.
   */
  private void findCpu() {
    Map<Sample, Integer> wanted = new LinkedHashMap<>();
    for (Sample task : tasks) {
      Matcher name = OF_CPU.matcher(ring.name(task));
      if (name.matches()) {
        wanted.put(task, Integer.parseInt(name.group(1)));
      }
    }
    if (wanted.values().stream().distinct().count() < 2) {
      return;
    }
    if (members.containsKey("stack")
        && memory.word(ring.kthreadd().word(at("stack"))).orElse(0) == ring.kthreadd().address()) {
      cpuInThreadInfo =
          firstOffset(
              word,
              MAX_THREAD_INFO,
              Integer.BYTES,
              at -> agree(wanted, task -> inThreadInfo(task, at)));
      return;
    }
    put(
        "cpu",
        firstOffset(
            0, TaskRing.MAX_BYTES, Integer.BYTES, at -> agree(wanted, task -> task.int32(at))));
  }

  private int inThreadInfo(Sample task, int offset) {
    return memory.int32(task.word(at("stack")) + offset).orElse(-1);
  }

  private static boolean agree(Map<Sample, Integer> wanted, ToIntFunction<Sample> number) {
    return wanted.entrySet().stream()
        .allMatch(entry -> number.applyAsInt(entry.getKey()) == entry.getValue());
  }

  /** {@code thread.sp}: within the stack, and not at the same place of each, as its top is. */
  private void findStackPointer() {
    if (!members.containsKey("stack")) {
      return;
    }
    put(
        "thread.sp",
        firstOffset(
            (at("comm") + TaskRing.NAME_BYTES) & -word,
            TaskRing.MAX_BYTES,
            word,
            at -> {
              Set<Long> found = places(at);
              return found.size() > 2 && !found.contains(-1L);
            }));
  }

  /** How far into their stacks those tasks that wait point at an offset; -1 where they do not. */
  private Set<Long> places(int offset) {
    Set<Long> found = new HashSet<>();
    for (Sample task : tasks) {
      long inside = task.word(offset) - task.word(at("stack"));
      if (task.int32(at("state")) != 0) {
        found.add(inside > 0 && inside < MAX_STACK && inside % word == 0 ? inside : -1);
      }
    }
    return found;
  }
}
