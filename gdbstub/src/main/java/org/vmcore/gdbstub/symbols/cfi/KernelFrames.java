package org.vmcore.gdbstub.symbols.cfi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.kernel.Kallsyms;
import org.vmcore.gdbstub.kernel.LinuxKernel;
import org.vmcore.gdbstub.kernel.Orc;
import org.vmcore.gdbstub.kernel.Prologue;

/** Call-frame information for a whole kernel and its modules. */
public final class KernelFrames {
  /**
   * Functions that debuggers should show by their names (Linux arch/x86/entry/entry_64.S,
   * entry_64_compat.S; arch/x86/include/asm/idtentry.h for {@code sysvec_}). Labels within them are
   * symbols of their own, with the same beginning.
   */
  private static final Set<String> NAMED =
      Set.of("entry_SYS", "entry_INT80", "ret_from_fork", "sysvec_", "common_interrupt");

  private KernelFrames() {}

  /**
   * The bytes of a {@code .debug_frame} with run-time addresses.
   *
   * @param covered code that has call-frame information of its own; {@link AddressRanges#none} for
   *     everything
   * @return empty where the kernel has no ORC tables
   */
  public static Optional<byte[]> of(LinuxKernel kernel, AddressRanges covered) {
    return kernel.orc().isEmpty()
        ? Optional.empty()
        : Optional.of(OrcFrames.of(kernel.orc(), notInOrc(kernel), covered, named(kernel)));
  }

  /** Functions of which ORC knows nothing, where they do something to the stack. */
  private static List<Prologue> notInOrc(LinuxKernel kernel) {
    List<Prologue> found = new ArrayList<>();
    Orc orc = kernel.orc().get(0);
    kernel
        .kallsyms()
        .ifPresent(
            table -> {
              for (int i = 0; i < table.count(); i++) {
                if (Character.toLowerCase(table.type(i)) == 't' && isLeftOut(orc, table, i)) {
                  Prologue.read(kernel.memory(), table.address(i), table.size(i))
                      .ifPresent(found::add);
                }
              }
            });
    return found;
  }

  /** From its first byte to its last, and of several symbols in one place only for the first. */
  private static boolean isLeftOut(Orc orc, Kallsyms table, int symbol) {
    long start = table.address(symbol);
    long last = start + table.size(symbol) - 1;
    Optional<Orc.Entry> entry = orc.at(start);
    return table.size(symbol) > 0
        && (symbol == 0 || table.address(symbol - 1) != start)
        && entry.isPresent()
        && entry.get().type() == Orc.Type.UNDEFINED
        && entry.equals(orc.at(last));
  }

  private static AddressRanges named(LinuxKernel kernel) {
    List<AddressRanges.Range> ranges = new ArrayList<>();
    kernel.kallsyms().ifPresent(table -> addNamed(table, ranges));
    return new AddressRanges(ranges);
  }

  private static void addNamed(Kallsyms table, List<AddressRanges.Range> ranges) {
    table.forEach(
        (symbol, name, start, length, type, address) -> {
          String text = new String(name, start, length, ISO_8859_1);
          if (NAMED.stream().anyMatch(text::startsWith)) {
            ranges.add(new AddressRanges.Range(address, table.size(symbol)));
          }
        });
  }
}
