package org.vmcore.gdbstub.linux.trace;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Names of tasks as they were when something of them was traced: {@code struct
 * saved_cmdlines_buffer}, of kernels since 3.16 (Linux kernel/trace/trace.c, then
 * trace_sched_switch.c).
 */
public final class SavedNames {
  /** Of saved_cmdlines_size, PID_MAX_DEFAULT and more do not make sense. */
  private static final int MAX_NAMES = 1 << 22;

  /** TASK_COMM_LEN (include/linux/sched.h). */
  private static final int NAME_BYTES = 16;

  private SavedNames() {}

  /** By PID; none where the kernel keeps them elsewhere, or has kept none. */
  public static Map<Integer, String> read(TypedMemory memory) throws KernelReadException {
    Map<Integer, String> names = new HashMap<>();
    OptionalLong pointer =
        memory.address("savedcmd").map(memory.memory()::word).orElse(OptionalLong.empty());
    if (pointer.isEmpty() || pointer.getAsLong() == 0) {
      return names;
    }
    KernelObject saved = memory.object("struct saved_cmdlines_buffer", pointer.getAsLong());
    KernelObject texts = saved.member("saved_cmdlines");
    // Behind the structure itself since 6.8 (commit 44dc5c41b5b1, "tracing: Fix wasted memory in
    // saved_cmdlines logic").
    long text = texts.type().resolved() instanceof Type.Array ? texts.address() : texts.value();
    long pids = saved.value("map_cmdline_to_pid");
    long count = Math.min(saved.value("cmdline_num") & 0xffff_ffffL, MAX_NAMES);
    for (long i = 0; i < count; i++) {
      OptionalInt pid = memory.memory().int32(pids + i * Integer.BYTES);
      if (pid.isPresent() && pid.getAsInt() > 0) {
        names.put(pid.getAsInt(), memory.memory().text(text + i * NAME_BYTES, NAME_BYTES));
      }
    }
    return names;
  }
}
