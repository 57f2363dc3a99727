package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** What control groups use of memory (Linux mm/memcontrol.c, since 3.19 in pages). */
public final class MemoryGroups {
  private static final int MAX_DEPTH = 64;

  /** More groups than anybody reads; the rest is told as missing. */
  private static final int MAX_GROUPS = 1 << 16;

  private final Reasons reasons;
  private final long unlimited;
  private final List<Group> groups = new ArrayList<>();

  /**
   * A control group.
   *
   * @param address of its {@code struct mem_cgroup}
   * @param path below the root of all, as in its file system
   * @param pages that it and those below it have
   * @param limit in pages; empty where there is none
   */
  public record Group(long address, String path, long pages, OptionalLong limit) {}

  private MemoryGroups(TypedMemory memory, long pageBytes, Reasons reasons) {
    this.reasons = reasons;
    // PAGE_COUNTER_MAX (include/linux/page_counter.h), LONG_MAX of 32 bits being in pages there.
    this.unlimited =
        memory.memory().wordBytes() == Integer.BYTES
            ? Integer.MAX_VALUE
            : Long.MAX_VALUE / pageBytes;
  }

  /**
   * All of them but the root, which counts nothing; none on a kernel without.
   *
   * @param reasons told what could not be read
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<Group> read(TypedMemory memory, long pageBytes, Reasons reasons)
      throws KernelReadException {
    MemoryGroups reader = new MemoryGroups(memory, pageBytes, reasons);
    if (memory.address("root_mem_cgroup").isPresent()) {
      long root = memory.variable("root_mem_cgroup", "unsigned long").value();
      if (root != 0) {
        reader.addChildren(memory.object("struct mem_cgroup", root), "", 0);
      }
    }
    return reader.groups;
  }

  private void addChildren(KernelObject group, String path, int depth) throws KernelReadException {
    Walk children = group.member("css.children").list("struct cgroup_subsys_state", "sibling");
    children.problem().ifPresent(reasons::add);
    for (KernelObject child : children) {
      if (groups.size() == MAX_GROUPS || depth == MAX_DEPTH) {
        reasons.add("there are more control groups than %d".formatted(groups.size()));
        return;
      }
      try {
        KernelObject one = child.containerOf("struct mem_cgroup", "css");
        String name = path + "/" + one.string("css.cgroup->kn->name");
        long limit = one.value(one.has("memory.max") ? "memory.max" : "memory.limit");
        groups.add(
            new Group(
                one.address(),
                name,
                Math.max(one.value("memory.usage.counter"), 0),
                limit < 0 || limit >= unlimited ? OptionalLong.empty() : OptionalLong.of(limit)));
        addChildren(one, name, depth + 1);
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
  }
}
