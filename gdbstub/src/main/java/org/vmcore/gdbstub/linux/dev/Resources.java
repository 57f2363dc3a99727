package org.vmcore.gdbstub.linux.dev;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Who uses which ports and which memory (Linux include/linux/ioport.h). */
public final class Resources {
  /** More than any machine has. */
  private static final int MAX_RESOURCES = 1 << 16;

  private Resources() {}

  /**
   * A range.
   *
   * @param address of its {@code struct resource}
   * @param depth 0 for the whole, more for what is within others
   */
  public record Resource(long address, long start, long end, String name, int depth) {}

  /**
   * A tree of them, parents before what is within them.
   *
   * @param root {@code ioport_resource} or {@code iomem_resource}
   */
  public static List<Resource> of(TypedMemory memory, String root) throws KernelReadException {
    List<Resource> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    Deque<KernelObject> left = new ArrayDeque<>();
    Deque<Integer> depths = new ArrayDeque<>();
    left.push(memory.variable(root, "struct resource"));
    depths.push(0);
    while (!left.isEmpty() && found.size() < MAX_RESOURCES) {
      KernelObject next = left.pop();
      int depth = depths.pop();
      if (!seen.add(next.address())) {
        continue;
      }
      found.add(
          new Resource(
              next.address(),
              next.value("start"),
              next.value("end"),
              next.value("name") == 0 ? "" : next.string("name"),
              depth));
      if (next.value("sibling") != 0) {
        left.push(next.member("sibling").dereference());
        depths.push(depth);
      }
      if (next.value("child") != 0) {
        left.push(next.member("child").dereference());
        depths.push(depth + 1);
      }
    }
    return found;
  }
}
