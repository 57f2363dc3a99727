package org.vmcore.gdbstub.symbols.cfi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.kernel.Kallsyms;
import org.vmcore.gdbstub.kernel.KernelModule;
import org.vmcore.gdbstub.kernel.LinuxKernel;
import org.vmcore.gdbstub.kernel.ModuleSymbols;
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

  /**
   * arm64's entry points (Linux arch/arm64/kernel/entry.S): el0t_64_sync and its like since 5.13 ,
   * el0_sync before.
   */
  private static final Pattern ARM64_ENTRY =
      Pattern.compile("el([01])[ht]?_(?:64_|32_)?(?:sync|irq|fiq|error|sync_compat|irq_compat)");

  private static final Set<String> ARM64_ENDS =
      Set.of("ret_from_fork", "__primary_switched", "__secondary_switched");

  /** Sixteen entries, each code of its own (Arm ARM, D1.3.1, "Exception vectors"). */
  private static final String ARM64_VECTORS = "vectors";

  private static final int ARM64_VECTOR_BYTES = 0x80;

  private static final int MAX_FUNCTION = 1 << 18;

  private static final int EM_AARCH64 = 183;

  private KernelFrames() {}

  /**
   * The bytes of a {@code .debug_frame} with run-time addresses.
   *
   * @param machine {@code e_machine}
   * @param covered code that has call-frame information of its own; {@link AddressRanges#none} for
   *     everything
   * @return empty where there is nothing to make it of: x86-64's ORC tables, arm64's instructions
   */
  public static Optional<byte[]> of(LinuxKernel kernel, int machine, AddressRanges covered) {
    return machine == EM_AARCH64 ? Optional.of(arm64(kernel, covered)) : of(kernel, covered);
  }

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
        : Optional.of(
            OrcFrames.of(
                kernel.orc(), notInOrc(kernel), covered, named(kernel), FunctionStarts.of(kernel)));
  }

  /** The same for the code of a module. */
  public static Optional<byte[]> ofModule(LinuxKernel kernel, int machine, KernelModule module) {
    if (machine == EM_AARCH64) {
      Arm64Frames frames = new Arm64Frames(kernel.memory().byteOrder());
      addArm64(frames, kernel, AddressRanges.none(), module);
      return Optional.of(frames.bytes());
    }
    AddressRanges memory =
        new AddressRanges(List.of(new AddressRanges.Range(module.base(), module.size())));
    List<Orc> own =
        kernel.orc().stream()
            .filter(table -> table.count() > 0 && memory.contains(table.start(0)))
            .toList();
    return own.isEmpty()
        ? Optional.empty()
        : Optional.of(
            OrcFrames.of(
                own,
                List.of(),
                AddressRanges.none(),
                AddressRanges.none(),
                FunctionStarts.of(module)));
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

  /**
   * The same for arm64: for all functions that are not covered, by their own instructions.
   *
   * @param covered code that has call-frame information of its own
   */
  public static byte[] arm64(LinuxKernel kernel, AddressRanges covered) {
    Arm64Frames frames = new Arm64Frames(kernel.memory().byteOrder());
    kernel
        .kallsyms()
        .ifPresent(
            table -> {
              for (int i = 0; i < table.count(); i++) {
                boolean first = i == 0 || table.address(i - 1) != table.address(i);
                if (first && FunctionStarts.isCode(table.type(i))) {
                  addArm64(frames, kernel, covered, table.name(i), table.address(i), table.size(i));
                }
              }
            });
    for (KernelModule module : kernel.modules()) {
      addArm64(frames, kernel, covered, module);
    }
    return frames.bytes();
  }

  private static void addArm64(
      Arm64Frames frames, LinuxKernel kernel, AddressRanges covered, KernelModule module) {
    for (ModuleSymbols.Symbol symbol : module.symbols().map(ModuleSymbols::all).orElse(List.of())) {
      if (FunctionStarts.isCode(symbol.type())) {
        addArm64(frames, kernel, covered, symbol.name(), symbol.address(), symbol.size());
      }
    }
  }

  private static void addArm64(
      Arm64Frames frames,
      LinuxKernel kernel,
      AddressRanges covered,
      String name,
      long start,
      long length) {
    Matcher entry = ARM64_ENTRY.matcher(name);
    if (length <= 0 || length > MAX_FUNCTION || covered.contains(start)) {
      return;
    }
    if (name.equals(ARM64_VECTORS)) {
      for (long at = start; at < start + length; at += ARM64_VECTOR_BYTES) {
        byte[] code = kernel.memory().upTo(at, ARM64_VECTOR_BYTES);
        frames.function(at, ARM64_VECTOR_BYTES, ByteBuffer.wrap(code));
      }
    } else if (entry.matches()) {
      frames.entry(start, length, entry.group(1).equals("1"));
    } else if (ARM64_ENDS.contains(name)) {
      frames.end(start, length);
    } else {
      byte[] code = kernel.memory().upTo(start, (int) length);
      frames.function(start, length, ByteBuffer.wrap(code));
    }
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
