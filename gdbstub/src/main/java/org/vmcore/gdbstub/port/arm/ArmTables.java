package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.symbols.KernelModule;

/**
 * The exception tables of a 32-bit arm kernel and its modules (Exception Handling ABI for the Arm
 * Architecture, IHI 0038): pairs of words, sorted by function.
 *
 * <pre>
 * prel31  a function's first instruction, from this place; linkers may mark Thumb code by bit 0
 * word    1: cannot be unwound; with bit 31 set: the instructions to undo its frame;
 *         otherwise prel31 of a longer entry with these
 * </pre>
 */
final class ArmTables {
  /** A big kernel has a hundred thousand functions. */
  private static final int MAX_ENTRIES = 1 << 19;

  private static final int MAX_MODULE_ENTRIES = 1 << 14;
  private static final int ENTRY = 8;
  private static final int CANNOT_UNWIND = 1;

  private final KernelMemory memory;
  private long[] functions = new long[0];
  private long[] places = new long[0];

  static ArmTables of(LinuxKernel kernel) {
    return kernel.once(ArmTables.class, () -> new ArmTables(kernel));
  }

  private ArmTables(LinuxKernel kernel) {
    this.memory = kernel.memory();
    Optional<Long> start = kernel.address("__start_unwind_idx");
    Optional<Long> stop = kernel.address("__stop_unwind_idx");
    if (start.isPresent() && stop.isPresent()) {
      long count = (stop.get() - start.get()) / ENTRY;
      add(start.get(), (int) Math.max(0, Math.min(count, MAX_ENTRIES)), 0, 1L << 32);
    }
    for (KernelModule module : kernel.modules()) {
      Long table = module.sections().get(".ARM.exidx");
      if (table != null) {
        add(table, MAX_MODULE_ENTRIES, module.base(), module.size());
      }
    }
    sort();
  }

  /** Adds the entries of code in a range, up to the first that is of none. */
  private void add(long table, int count, long start, long size) {
    ByteBuffer words = ByteBuffer.wrap(memory.upTo(table, count * ENTRY)).order(memory.byteOrder());
    int limit = words.limit() / ENTRY;
    long[] found = new long[limit];
    int used = 0;
    while (used < limit) {
      long function = relative(words.getInt(used * ENTRY), table + (long) used * ENTRY) & ~1L;
      if (Long.compareUnsigned(function - start, size) >= 0
          || (used > 0 && Long.compareUnsigned(function, found[used - 1]) < 0)) {
        break;
      }
      found[used++] = function;
    }
    int old = functions.length;
    functions = Arrays.copyOf(functions, old + used);
    places = Arrays.copyOf(places, old + used);
    for (int i = 0; i < used; i++) {
      functions[old + i] = found[i];
      places[old + i] = table + (long) i * ENTRY;
    }
  }

  private void sort() {
    Integer[] order = new Integer[functions.length];
    Arrays.setAll(order, i -> i);
    long[] unsorted = functions;
    long[] at = places;
    Arrays.sort(order, (a, b) -> Long.compare(unsorted[a], unsorted[b]));
    functions = Arrays.stream(order).mapToLong(i -> unsorted[i]).toArray();
    places = Arrays.stream(order).mapToLong(i -> at[i]).toArray();
  }

  /** prel31: 31 bits with a sign, from the place they are at. */
  private static long relative(int word, long place) {
    return (place + (word << 1 >> 1)) & 0xffff_ffffL;
  }

  /** The entry of the function that an address is in. */
  Optional<Entry> at(long pc) {
    int found = Arrays.binarySearch(functions, pc);
    int index = found >= 0 ? found : -found - 2;
    if (index < 0) {
      return Optional.empty();
    }
    long place = places[index] + Integer.BYTES;
    Optional<ByteBuffer> word = memory.bytes(place, Integer.BYTES);
    if (word.isEmpty()) {
      return Optional.empty();
    }
    int value = word.get().getInt();
    if (value == CANNOT_UNWIND) {
      return Optional.of(new Entry(ByteBuffer.allocate(0), true));
    }
    return value < 0 ? compact(place) : compact(relative(value, place));
  }

  /** Of the compact model, the kernel's routines 0 to 2: section 10.2 of the manual. */
  private Optional<Entry> compact(long place) {
    OptionalLong first = memory.word(place);
    int kind = first.isPresent() ? (int) (first.getAsLong() >>> 24) : 0;
    if (kind < 0x80 || kind > 0x82) {
      return Optional.empty();
    }
    int words = kind == 0x80 ? 0 : (int) (first.getAsLong() >>> 16 & 0xff);
    int skipped = kind == 0x80 ? 1 : 2;
    ByteBuffer text = ByteBuffer.allocate((words + 1) * Integer.BYTES);
    for (int i = 0; i <= words; i++) {
      text.putInt((int) memory.word(place + (long) i * Integer.BYTES).orElse(0));
    }
    return Optional.of(new Entry(text.position(skipped).slice(), false));
  }

  /**
   * How to undo one function's frame.
   *
   * @param instructions of section 10.3 of the manual
   */
  record Entry(ByteBuffer instructions, boolean cannotUnwind) {
    /** After the function has made its frame; empty where an instruction is not known. */
    Optional<FrameRule> rule() {
      return cannotUnwind ? Optional.of(ArmRules.END) : ArmRules.of(instructions);
    }
  }
}
