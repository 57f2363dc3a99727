package org.vmcore.gdbstub.linux.tasks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.tasks.TaskRing.Sample;

/**
 * All tasks of a kernel without types. What is certain of any kernel is that the first task is
 * called "swapper", that the others hang on it in a ring, and that one is called "kthreadd".
 *
 * @param first {@code init_task}
 * @param others those that hang on it, as many as prove what is to be told of them
 * @param comm offset of their names
 * @param tasks offset of the ring
 */
record TaskRing(Sample first, List<Sample> others, int comm, int tasks) {
  private static final String FIRST = "swapper";
  private static final String PARENT_OF_THREADS = "kthreadd";

  /** TASK_COMM_LEN (include/linux/sched.h). */
  static final int NAME_BYTES = 16;

  /** More bytes than are in front of any of these members. */
  static final int MAX_BYTES = 16 << 10;

  private static final int MAX_TASKS = 1 << 16;

  /** So many tasks prove a member; the rest may be torn. */
  private static final int WITNESSES = 512;

  /** A task as it is in memory; beyond what could be read there are zeros. */
  static final class Sample implements ThreadShape.Leader {
    private final KernelMemory memory;
    private final int word;
    private final long address;
    private final ByteBuffer bytes;

    private Sample(KernelMemory memory, long address) {
      this.memory = memory;
      this.word = memory.wordBytes();
      this.address = address;
      this.bytes = ByteBuffer.wrap(memory.upTo(address, MAX_BYTES)).order(memory.byteOrder());
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

    @Override
    public long address() {
      return address;
    }
  }

  /**
   * Empty where what is there are no tasks.
   *
   * @param initTask address of {@code init_task}
   */
  static Optional<TaskRing> find(KernelMemory memory, long initTask) {
    Sample first = new Sample(memory, initTask);
    int word = memory.wordBytes();
    for (int name = word; name < MAX_BYTES; name += Integer.BYTES) {
      if (first.text(name).equals(FIRST) || first.text(name).equals(FIRST + "/0")) {
        for (int ring = 0; ring < name; ring += word) {
          List<Sample> found = ring(memory, first, ring, name);
          if (!found.isEmpty()) {
            return Optional.of(new TaskRing(first, found, name, ring));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The tasks that hang on the first in a ring at an offset; none where it is no such ring. */
  private static List<Sample> ring(KernelMemory memory, Sample first, int offset, int name) {
    long head = first.address + offset;
    long next = first.word(offset);
    if (next == head || next == 0 || memory.word(next + memory.wordBytes()).orElse(0) != head) {
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
        Sample task = new Sample(memory, memory.truncate(at - offset));
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

  String name(Sample task) {
    return task.text(comm);
  }

  Sample kthreadd() {
    return others.stream()
        .filter(task -> name(task).equals(PARENT_OF_THREADS))
        .findFirst()
        .orElseThrow();
  }
}
