package org.vmcore.gdbstub.linux.tasks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.fs.Paths;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What an {@code mm_struct} tells of the program in it (Linux include/linux/mm_types.h). */
public final class Program {
  private static final String MM = "struct mm_struct";

  /** MMF_DUMP_FILTER_SHIFT and _MASK (include/linux/sched/coredump.h, since 2.6.23). */
  private static final int DUMP_FILTER_SHIFT = 2;

  private static final int DUMP_FILTER_MASK = 0x1ff;

  private final TypedMemory typed;
  private final AddressSpace space;
  private final KernelObject mm;
  private final String root;

  /**
   * @param task a {@code struct task_struct} of the process
   */
  public Program(TypedMemory typed, AddressSpace space, KernelObject task)
      throws KernelReadException {
    this.root = root(task);
    this.typed = typed;
    this.space = space;
    this.mm = typed.object(MM, space.address());
  }

  /** Where its root directory is; empty where that is the machine's, or cannot be told. */
  private static String root(KernelObject task) {
    try {
      String root = Paths.of(task.member("fs->root"));
      return root.equals("/") ? "" : root;
    } catch (KernelReadException e) {
      // Paths are then those of the machine, which nearly all processes see.
      return "";
    }
  }

  /** Addresses from {@code start} to {@code end}. */
  public record Range(long start, long end) {
    /** In bytes. */
    public long size() {
      return end - start;
    }
  }

  /** Its arguments, each ended by a zero byte. */
  public Range arguments() throws KernelReadException {
    return new Range(mm.value("arg_start"), mm.value("arg_end"));
  }

  public Range environment() throws KernelReadException {
    return new Range(mm.value("env_start"), mm.value("env_end"));
  }

  /**
   * The auxiliary vector that it was started with (since 2.6.0), in the target's words and with the
   * AT_NULL that ends it.
   */
  public byte[] auxiliaryVector() throws KernelReadException {
    byte[] all = mm.member("saved_auxv").bytes();
    int word = typed.memory().wordBytes();
    ByteBuffer words = ByteBuffer.wrap(all).order(typed.memory().byteOrder());
    for (int at = 0; at + 2 * word <= all.length; at += 2 * word) {
      if (typed.memory().word(words, at) == 0) {
        return Arrays.copyOf(all, at + 2 * word);
      }
    }
    return all;
  }

  /** Path of its file, as it sees it. */
  public Optional<String> executable() {
    try {
      return Optional.of(seen(Paths.of(mm.member("exe_file->f_path"))));
    } catch (KernelReadException e) {
      // gdb takes the name from the arguments then.
      return Optional.empty();
    }
  }

  /** What {@code /proc/PID/coredump_filter} shows: the kinds of memory that a core is to have. */
  public int dumpFilter() throws KernelReadException {
    KernelObject flags = mm.member("flags");
    // Since Linux 6.18 in a bitmap of its own (mm_flags_t).
    long value =
        flags.has("__mm_flags") ? flags.member("__mm_flags").element(0).value() : flags.value();
    return (int) (value >>> DUMP_FILTER_SHIFT) & DUMP_FILTER_MASK;
  }

  /** A path as the program sees it, from its own root directory. */
  private String seen(String path) {
    return path.startsWith(root + "/") ? path.substring(root.length()) : path;
  }

  /** Its regions, ascending, with what is behind them. Files have the paths that it sees. */
  public List<Mapping> mappings() throws KernelReadException {
    List<Mapping> mappings = new ArrayList<>();
    for (MemoryRegion region : space.regions()) {
      KernelObject area = typed.object("struct vm_area_struct", region.address());
      mappings.add(Mapping.of(region.renamed(seen(region.file())), area, mm));
    }
    return mappings;
  }
}
