package org.vmcore.gdbstub.inspect.analyze;

import java.util.Optional;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What the kernel's table of {@code BUG()} and {@code WARN()} says of an instruction (Linux
 * lib/bug.c, {@code struct bug_entry} in include/asm-generic/bug.h).
 *
 * @param address of the entry
 * @param file and {@code line} that the source has it in
 * @param warns whether it is a WARN()
 */
record BugEntry(long address, String file, int line, boolean warns) {
  private static final String TYPE = "struct bug_entry";

  /** BUGFLAG_WARNING. */
  private static final long WARNING = 1;

  /** More than any kernel or module has. */
  private static final long MAX_ENTRIES = 1 << 20;

  private static final int MAX_FILE = 512;

  /** The entry of an instruction; empty where there is none, or no table with files. */
  static Optional<BugEntry> of(LinuxKernel kernel, long pc) {
    Optional<TypedMemory> types = kernel.types();
    if (types.isEmpty() || !types.get().types().has(TYPE, "line")) {
      return Optional.empty();
    }
    try {
      Optional<String> module =
          kernel.symbolNames().at(pc).map(Located::symbol).flatMap(symbol -> symbol.module());
      return module.isPresent()
          ? ofModule(kernel, types.get(), module.get(), pc)
          : ofKernel(kernel, types.get(), pc);
    } catch (KernelReadException e) {
      // A finding needs proof: the log names the place too.
      return Optional.empty();
    }
  }

  private static Optional<BugEntry> ofKernel(LinuxKernel kernel, TypedMemory memory, long pc)
      throws KernelReadException {
    Optional<Long> start = kernel.address("__start___bug_table");
    Optional<Long> stop = kernel.address("__stop___bug_table");
    return start.isPresent() && stop.isPresent()
        ? find(memory, start.get(), stop.get() - start.get(), pc)
        : Optional.empty();
  }

  private static Optional<BugEntry> ofModule(
      LinuxKernel kernel, TypedMemory memory, String name, long pc) throws KernelReadException {
    for (KernelModule module : kernel.modules()) {
      if (module.name().equals(name)) {
        KernelObject structure = memory.object("struct module", module.structure());
        long entries = structure.value("num_bugs");
        return find(memory, structure.value("bug_table"), entries * size(memory), pc);
      }
    }
    return Optional.empty();
  }

  private static long size(TypedMemory memory) {
    return memory.types().compound(TYPE).orElseThrow().size().orElse(1);
  }

  /**
   * The entry in a table.
   *
   * @param bytes of the table
   */
  static Optional<BugEntry> find(TypedMemory memory, long start, long bytes, long pc)
      throws KernelReadException {
    long size = size(memory);
    // CONFIG_GENERIC_BUG_RELATIVE_POINTERS: each is the distance from itself.
    boolean relative = memory.types().has(TYPE, "bug_addr_disp");
    for (long i = 0; i < Math.min(bytes / size, MAX_ENTRIES); i++) {
      KernelObject entry = memory.object(TYPE, start + i * size);
      if (pointer(entry, relative ? "bug_addr_disp" : "bug_addr", relative) == pc) {
        long file = pointer(entry, relative ? "file_disp" : "file", relative);
        return Optional.of(
            new BugEntry(
                entry.address(),
                memory.memory().text(file, MAX_FILE),
                (int) entry.value("line"),
                (entry.value("flags") & WARNING) != 0));
      }
    }
    return Optional.empty();
  }

  private static long pointer(KernelObject entry, String member, boolean relative)
      throws KernelReadException {
    long value = entry.value(member);
    return relative ? entry.member(member).address() + (int) value : value;
  }

  Statement statement() {
    return new Statement(
        "%s is in the source at %s".formatted(warns ? "the WARN()" : "the BUG()", source()),
        "the kernel's table of them has it at 0x%x".formatted(address),
        Optional.of("p *(struct bug_entry *)0x%x".formatted(address)));
  }

  /** {@code file:line}. */
  String source() {
    return file + ":" + line;
  }
}
