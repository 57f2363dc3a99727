package org.vmcore.gdbstub.symbols.write.frames;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Prologue;
import org.vmcore.gdbstub.linux.stack.ArmTables;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.write.frames.KernelFunctions.Function;

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

  private static final int EM_AARCH64 = 183;
  private static final int EM_ARM = 40;
  private static final int EM_S390 = 22;
  private static final int EM_X86_64 = 62;

  private KernelFrames() {}

  /**
   * The bytes of a {@code .debug_frame} with run-time addresses.
   *
   * @param machine {@code e_machine}
   * @param covered code that has call-frame information of its own; {@link AddressRanges#none} for
   *     everything
   * @param interruptions what CPUs were doing that are stopped at exception vectors
   * @return empty where there is nothing to make it of: x86-64's ORC tables, arm's exception
   *     tables, arm64's and s390x's instructions
   */
  public static Optional<byte[]> of(
      LinuxKernel kernel, int machine, AddressRanges covered, List<Interruption> interruptions) {
    return switch (machine) {
      case EM_ARM -> Optional.of(arm(kernel, interruptions));
      case EM_AARCH64 -> Optional.of(arm64(kernel, covered));
      case EM_S390 -> Optional.of(s390x(kernel));
      default -> of(kernel, covered);
    };
  }

  /**
   * Whether debuggers must not see what the compiler says: s390x's says nothing of registers that a
   * function preserves, and gdb takes them for lost where there is no Linux ABI.
   *
   * @param machine {@code e_machine}
   */
  public static boolean replaceAll(int machine) {
    return machine == EM_S390;
  }

  /**
   * The same of x86-64.
   *
   * @return empty where the kernel has no ORC tables
   */
  public static Optional<byte[]> of(LinuxKernel kernel, AddressRanges covered) {
    return kernel.orc().isEmpty()
        ? Optional.empty()
        : Optional.of(
            OrcFrames.of(
                kernel.orc(),
                notInOrc(kernel),
                covered,
                named(kernel),
                FunctionStarts.of(KernelFunctions.of(kernel))));
  }

  /**
   * Whether {@link #ofModule} knows all of a module, and what is of the kernel is the same in each
   * of its dumps.
   *
   * @param machine {@code e_machine}
   */
  public static boolean dividesModules(int machine) {
    return machine == EM_X86_64 || machine == EM_AARCH64;
  }

  /** The same for the code of a module. */
  public static Optional<byte[]> ofModule(LinuxKernel kernel, int machine, KernelModule module) {
    if (machine == EM_AARCH64) {
      Arm64Frames frames = new Arm64Frames(kernel.memory().byteOrder());
      for (Function function : KernelFunctions.of(module)) {
        addArm64(frames, kernel.memory(), function);
      }
      return Optional.of(frames.bytes());
    }
    List<Orc> own =
        kernel.orc().stream()
            .filter(table -> table.count() > 0 && module.hasCodeAt(table.start(0)))
            .toList();
    return own.isEmpty()
        ? Optional.empty()
        : Optional.of(
            OrcFrames.of(
                own,
                List.of(),
                AddressRanges.none(),
                AddressRanges.none(),
                FunctionStarts.of(KernelFunctions.of(module))));
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

  /** For all functions that are not covered, by their own instructions. */
  private static byte[] arm64(LinuxKernel kernel, AddressRanges covered) {
    Arm64Frames frames = new Arm64Frames(kernel.memory().byteOrder());
    for (Function function : KernelFunctions.of(kernel)) {
      if (!covered.contains(function.start())) {
        addArm64(frames, kernel.memory(), function);
      }
    }
    return frames.bytes();
  }

  private static void addArm64(Arm64Frames frames, KernelMemory memory, Function function) {
    Matcher entry = ARM64_ENTRY.matcher(function.name());
    long start = function.start();
    long length = function.length();
    if (function.name().equals(ARM64_VECTORS)) {
      for (long at = start; at < start + length; at += ARM64_VECTOR_BYTES) {
        byte[] code = memory.upTo(at, ARM64_VECTOR_BYTES);
        frames.function(at, ARM64_VECTOR_BYTES, ByteBuffer.wrap(code));
      }
    } else if (entry.matches()) {
      frames.entry(start, length, entry.group(1).equals("1"));
    } else if (ARM64_ENDS.contains(function.name())) {
      frames.end(start, length);
    } else {
      frames.function(start, length, ByteBuffer.wrap(memory.upTo(start, (int) length)));
    }
  }

  private static byte[] arm(LinuxKernel kernel, List<Interruption> interruptions) {
    List<Function> functions = KernelFunctions.of(kernel);
    ArmFrames frames = new ArmFrames(kernel.memory().byteOrder(), functions);
    ArmTables tables = new ArmTables(kernel);
    for (Function function : functions) {
      int length = (int) Math.min(function.length(), ArmRules.MAX_PROLOGUE);
      byte[] code = kernel.memory().upTo(function.start(), length);
      frames.add(function, tables.at(function.start()), ByteBuffer.wrap(code));
    }
    frames.add(interruptions);
    return frames.bytes();
  }

  private static byte[] s390x(LinuxKernel kernel) {
    S390Frames frames = new S390Frames();
    for (Function function : KernelFunctions.of(kernel)) {
      byte[] code = kernel.memory().upTo(function.start(), (int) function.length());
      frames.add(function, ByteBuffer.wrap(code));
    }
    return frames.bytes();
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
