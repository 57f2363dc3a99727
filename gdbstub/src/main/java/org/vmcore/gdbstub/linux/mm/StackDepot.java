package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Where the kernel keeps each stack once that it writes down often (Linux lib/stackdepot.c): a
 * handle tells the piece of memory and the place in it, and the record there has the handle, too,
 * which proves it.
 */
final class StackDepot {
  /** Of {@code union handle_parts}, which pool; with one added in kernels that name it so or not. */
  private static final MemberHistory POOL =
      MemberHistory.named("slabindex")
          .since("6.3", "pool_index", "")
          .since("6.11", "pool_index_plus_1", "");

  /** DEPOT_STACK_ALIGN: offsets are multiples of 16. */
  private static final int ALIGNMENT_BITS = 4;

  /** More than any kernel keeps of one stack (CONFIG_STACKDEPOT_MAX_FRAMES is at most 256). */
  private static final long MOST_FRAMES = 256;

  private static final String PARTS = "union handle_parts";

  private final TypedMemory memory;

  StackDepot(TypedMemory memory) {
    this.memory = memory;
  }

  /**
   * The stack of a handle, return addresses, the innermost first.
   *
   * @param handle a {@code depot_stack_handle_t}
   * @return empty where there is none
   * @throws KernelReadException when the kernel has no such depot, or its symbol is not known
   */
  Optional<List<Long>> stack(KernelObject handle) throws KernelReadException {
    if (handle.value() == 0) {
      return Optional.empty();
    }
    KernelObject parts = handle.as(PARTS);
    long pool = POOL.in(parts).value();
    long offset = parts.value("offset");
    // An array until 6.17 or so, then one that is allocated.
    long pools = pools();
    for (long table : new long[] {pools, memory.memory().word(pools).orElse(0)}) {
      for (long index = pool; index >= Math.max(pool - 1, 0) && table != 0; index--) {
        OptionalLong start = memory.memory().word(table + index * memory.memory().wordBytes());
        Optional<List<Long>> found =
            start.isEmpty() || start.getAsLong() == 0
                ? Optional.empty()
                : record(start.getAsLong() + (offset << ALIGNMENT_BITS), pool, offset);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private long pools() throws KernelReadException {
    return memory
        .address("stack_pools")
        .or(() -> memory.address("stack_slabs"))
        .orElseThrow(
            () ->
                new KernelReadException(
                    KernelReadException.Reason.ABSENT,
                    "where the kernel keeps stacks that it has written down: no symbol"
                        + " 'stack_pools' or 'stack_slabs' (a vmlinux has it)"));
  }

  /** The stack of a record; empty where there is none with this handle. */
  private Optional<List<Long>> record(long address, long pool, long offset)
      throws KernelReadException {
    KernelObject record = memory.object("struct stack_record", address);
    try {
      KernelObject own = record.member("handle");
      if (POOL.in(own).value() != pool || own.value("offset") != offset) {
        return Optional.empty();
      }
    } catch (KernelReadException e) {
      // What is tried here, need not be a record.
      return Optional.empty();
    }
    long count = record.value("size");
    List<Long> stack = new ArrayList<>();
    long entries = record.member("entries").address();
    for (long i = 0; i < Math.min(count, MOST_FRAMES); i++) {
      OptionalLong entry = memory.memory().word(entries + i * memory.memory().wordBytes());
      entry.ifPresent(stack::add);
    }
    return stack.isEmpty() ? Optional.empty() : Optional.of(stack);
  }
}
