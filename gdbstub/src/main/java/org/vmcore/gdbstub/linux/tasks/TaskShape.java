package org.vmcore.gdbstub.linux.tasks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
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

/**
 * Where a kernel without types has the few members of {@code struct task_struct} that prove
 * themselves by what all tasks have there. All that is certain of any kernel is the beginning: the
 * first task is called "swapper", the others hang on it in a ring, and one is called "kthreadd".
 * The order of the members is not assumed where a search would do without it, but for neighbours
 * that are declared in one line.
 *
 * <p>Bounded by the number of tasks that are looked at.
 */
final class TaskShape {
  private static final String FIRST = "swapper";
  private static final String PARENT_OF_THREADS = "kthreadd";

  /** PID of kthreadd, which the kernel starts right after init (Linux init/main.c, rest_init). */
  private static final int KTHREADD_PID = 2;

  /** TASK_COMM_LEN (include/linux/sched.h). */
  static final int NAME_BYTES = 16;

  /** More bytes than are in front of any of these members. */
  private static final int MAX_BYTES = 16 << 10;

  private static final int MAX_TASKS = 1 << 16;

  /** So many tasks prove a member; the rest may be torn. */
  private static final int WITNESSES = 512;

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
  private final Sample first;
  private final Map<String, Integer> members = new LinkedHashMap<>();
  private List<Sample> tasks = List.of();
  private OptionalInt cpuInThreadInfo = OptionalInt.empty();

  /** A task as it is in memory; beyond what could be read there are zeros. */
  private final class Sample implements ThreadShape.Leader {
    private final long address;
    private final ByteBuffer bytes;

    Sample(long address) {
      this.address = address;
      this.bytes = ByteBuffer.wrap(memory.upTo(address, MAX_BYTES)).order(memory.byteOrder());
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public long word(int offset) {
      return offset + word <= bytes.limit() ? memory.word(bytes, offset) : 0;
    }

    int int32(int offset) {
      return offset + Integer.BYTES <= bytes.limit() ? bytes.getInt(offset) : 0;
    }

    /** Empty where what is there is no text with an end. */
    String text(int offset) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < NAME_BYTES && offset + i < bytes.limit(); i++) {
        int letter = bytes.get(offset + i) & 0xff;
        if (letter == 0) {
          return text.toString();
        }
        if (letter < ' ') {
          return "";
        }
        text.append((char) letter);
      }
      return "";
    }

    String name() {
      return text(members.getOrDefault("comm", 0));
    }
  }

  private TaskShape(KernelMemory memory, long initTask) {
    this.memory = memory;
    this.word = memory.wordBytes();
    this.first = new Sample(initTask);
  }

  /**
   * What was found.
   *
   * @param members offsets in bytes, by the names that the kernel has for them
   * @param cpuInThreadInfo offset of {@code cpu} in the {@code struct thread_info} at the start of
   *     each stack, on kernels that have it there
   */
  record Found(Map<String, Integer> members, OptionalInt cpuInThreadInfo) {
    Found {
      members = Map.copyOf(members);
    }
  }

  /**
   * Empty where what is there are no tasks.
   *
   * @param initTask address of {@code init_task}
   */
  static Optional<Found> find(KernelMemory memory, long initTask) {
    TaskShape shape = new TaskShape(memory, initTask);
    return shape.findRing() && shape.findNumbers() ? Optional.of(shape.rest()) : Optional.empty();
  }

  private Found rest() {
    findParent();
    findStack();
    findMm();
    findState();
    findCpu();
    findStackPointer();
    put("thread_group", new ThreadShape(memory, at("pid")).find(tasks, MAX_BYTES));
    return new Found(members, cpuInThreadInfo);
  }

  private boolean findRing() {
    for (int name = word; name < MAX_BYTES; name += Integer.BYTES) {
      if (first.text(name).equals(FIRST) || first.text(name).equals(FIRST + "/0")) {
        for (int ring = 0; ring < name; ring += word) {
          List<Sample> found = ring(ring, name);
          if (!found.isEmpty()) {
            members.put("comm", name);
            members.put("tasks", ring);
            tasks = found;
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The tasks that hang on the first in a ring at an offset; none where it is no such ring. */
  private List<Sample> ring(int offset, int name) {
    long head = first.address + offset;
    long next = first.word(offset);
    if (next == head || next == 0 || memory.word(next + word).orElse(0) != head) {
      return List.of();
    }
    List<Sample> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    boolean hasKthreadd = false;
    for (long at = next; at != head; at = memory.word(at).orElse(0)) {
      if (at == 0 || !seen.add(at) || seen.size() > MAX_TASKS) {
        return List.of();
      }
      if (found.size() < WITNESSES) {
        Sample task = new Sample(memory.truncate(at - offset));
        String text = task.text(name);
        if (text.isEmpty()) {
          return List.of();
        }
        hasKthreadd |= text.equals(PARENT_OF_THREADS);
        found.add(task);
      }
    }
    return hasKthreadd ? found : List.of();
  }

  private Sample kthreadd() {
    return tasks.stream()
        .filter(task -> task.name().equals(PARENT_OF_THREADS))
        .findFirst()
        .orElseThrow();
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
    Sample kthreadd = kthreadd();
    OptionalInt pid =
        firstOffset(
            0,
            MAX_BYTES,
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
    Set<Long> known = new HashSet<>(List.of(first.address));
    tasks.forEach(task -> known.add(task.address));
    Sample kthreadd = kthreadd();
    put(
        "real_parent",
        firstOffset(
            (at("tgid") + word) & -word,
            MAX_BYTES,
            word,
            at ->
                kthreadd.word(at) == first.address
                    && first.word(at) == first.address
                    && first.word(at + word) == first.address
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
            || memory.word(stack).orElse(0) == task.address);
  }

  /**
   * {@code mm}, then {@code active_mm}: the same for processes, none for threads of the kernel,
   * which are those that a flag says so of.
   */
  private void findMm() {
    Sample kthreadd = kthreadd();
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
    Sample kthreadd = kthreadd();
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
      Matcher name = OF_CPU.matcher(task.name());
      if (name.matches()) {
        wanted.put(task, Integer.parseInt(name.group(1)));
      }
    }
    if (wanted.values().stream().distinct().count() < 2) {
      return;
    }
    if (members.containsKey("stack")
        && memory.word(kthreadd().word(at("stack"))).orElse(0) == kthreadd().address) {
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
        firstOffset(0, MAX_BYTES, Integer.BYTES, at -> agree(wanted, task -> task.int32(at))));
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
            (at("comm") + NAME_BYTES) & -word,
            MAX_BYTES,
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
