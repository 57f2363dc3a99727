package org.vmcore.gdbstub.linux.hang;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * How far RCU had come (Linux kernel/rcu/tree.h): since 4.20 (commit 45975c7d21a1, "rcu: Define
 * RCU-sched API in terms of RCU for Tree RCU PREEMPT builds") there is one for all readers.
 *
 * @param normal what {@code synchronize_rcu()} and {@code call_rcu()} wait for
 * @param expedited what those wait for who cannot wait for that
 * @param callbacks what each CPU has queued to be done after some grace period
 */
public record RcuProgress(GracePeriod normal, GracePeriod expedited, Map<Integer, Long> callbacks) {
  /** RCU_SEQ_STATE_MASK (kernel/rcu/rcu.h): the lowest bits of a sequence are its state. */
  private static final int STATE_BITS = 2;

  /** More nodes than a kernel of 8192 CPUs has. */
  private static final int MAX_NODES = 1 << 12;

  /** More tasks than are told of one node. */
  private static final int MAX_TASKS = 1 << 12;

  public RcuProgress {
    callbacks = Map.copyOf(callbacks);
  }

  /**
   * A grace period.
   *
   * @param inProgress whether one is; else the last has ended
   * @param sequence as the kernel's own words have it: how many there were in its upper bits, from
   *     a negative number on, and the state in the lowest two
   * @param started jiffies when it began, where the kernel keeps that
   * @param activity jiffies when the thread that looks after it last did something
   * @param cpus that it waits for
   * @param tasks addresses of those that it waits for: they were preempted while they read
   */
  public record GracePeriod(
      boolean inProgress,
      long sequence,
      OptionalLong started,
      OptionalLong activity,
      List<Integer> cpus,
      List<Long> tasks) {
    public GracePeriod {
      cpus = List.copyOf(cpus);
      tasks = List.copyOf(tasks);
    }
  }

  /**
   * Reads it.
   *
   * @param cpus whose callbacks are counted
   * @param reasons told what could not be read
   * @throws KernelReadException when the kernel's symbols and types do not tell how it is kept
   */
  public static RcuProgress read(TypedMemory memory, List<Integer> cpus, Reasons reasons)
      throws KernelReadException {
    KernelObject state = memory.variable("rcu_state", "struct rcu_state");
    List<KernelObject> nodes = nodes(memory, state);
    return new RcuProgress(
        period(
            state.value("gp_seq"),
            OptionalLong.of(state.value("gp_start")),
            OptionalLong.of(state.value("gp_activity")),
            nodes,
            "qsmask",
            "gp_tasks",
            reasons),
        period(
            state.value("expedited_sequence"),
            OptionalLong.empty(),
            OptionalLong.empty(),
            nodes,
            "expmask",
            "exp_tasks",
            reasons),
        callbacks(memory, cpus, reasons));
  }

  /** Those that have CPUs below them, and no nodes. */
  private static List<KernelObject> nodes(TypedMemory memory, KernelObject state)
      throws KernelReadException {
    long count = Math.min(memory.variable("rcu_num_nodes", "int").value(), MAX_NODES);
    long levels = memory.variable("rcu_num_lvls", "int").value();
    List<KernelObject> leaves = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      KernelObject node = state.member("node").element(i);
      if (node.value("level") == levels - 1) {
        leaves.add(node);
      }
    }
    return leaves;
  }

  private static GracePeriod period(
      long sequence,
      OptionalLong started,
      OptionalLong activity,
      List<KernelObject> nodes,
      String mask,
      String tasks,
      Reasons reasons) {
    boolean inProgress = (sequence & ((1L << STATE_BITS) - 1)) != 0;
    List<Integer> cpus = new ArrayList<>();
    List<Long> blocking = new ArrayList<>();
    for (KernelObject node : inProgress ? nodes : List.<KernelObject>of()) {
      try {
        long first = node.value("grplo");
        long waited = node.value(mask);
        for (int bit = 0; bit < Long.SIZE; bit++) {
          if ((waited >>> bit & 1) != 0) {
            cpus.add((int) (first + bit));
          }
        }
        if (node.has(tasks) && node.value(tasks) != 0) {
          addTasks(blocking, node, node.value(tasks));
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return new GracePeriod(inProgress, sequence, started, activity, cpus, blocking);
  }

  /** From the first that blocks to the end of the node's list, whose older entries are last. */
  private static void addTasks(List<Long> all, KernelObject node, long first)
      throws KernelReadException {
    long head = node.member("blkd_tasks").address();
    KernelObject entry = node.memory().object("struct list_head", first);
    for (int i = 0; i < MAX_TASKS && entry.address() != head; i++) {
      all.add(entry.containerOf("struct task_struct", "rcu_node_entry").address());
      entry = entry.member("next").dereference();
    }
  }

  private static Map<Integer, Long> callbacks(
      TypedMemory memory, List<Integer> cpus, Reasons reasons) {
    PerCpu perCpu = new PerCpu(memory);
    Map<Integer, Long> counts = new LinkedHashMap<>();
    for (int cpu : cpus) {
      OptionalLong at = perCpu.address("rcu_data", cpu);
      if (at.isPresent()) {
        reasons
            .optional(() -> length(memory.object("struct rcu_data", at.getAsLong())))
            .ifPresent(length -> counts.put(cpu, length));
      }
    }
    return counts;
  }

  /** Atomic on kernels whose callbacks others than the CPU itself may do (CONFIG_RCU_NOCB_CPU). */
  private static long length(KernelObject data) throws KernelReadException {
    String atomic = "cblist.len.counter";
    return data.value(data.has(atomic) ? atomic : "cblist.len");
  }
}
