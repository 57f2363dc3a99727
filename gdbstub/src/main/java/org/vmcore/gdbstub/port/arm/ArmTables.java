package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.symbols.KernelModule;

/**
 * The exception tables of a 32-bit arm kernel and its modules (Exception Handling ABI for the Arm
 * Architecture, IHI 0038): pairs of words, sorted by function.
 *
 * <pre>
 * prel31  a function's first instruction, from this place
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

  ArmTables(LinuxKernel kernel) {
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
      long function = relative(words.getInt(used * ENTRY), table + (long) used * ENTRY);
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
    private static final int SP = 13;
    private static final int LR = 14;
    private static final int PC = 15;
    private static final int FINISH = 0xb0;

    /** The registers of the caller; empty where an instruction or memory does not tell. */
    Optional<FrameRegisters> undo(KernelMemory memory, FrameRegisters registers) {
      Undoing undoing = new Undoing(memory, registers);
      int at = 0;
      while (at < instructions.limit()) {
        int first = instructions.get(at) & 0xff;
        int second = at + 1 < instructions.limit() ? instructions.get(at + 1) & 0xff : 0;
        if (first == FINISH) {
          break;
        }
        int size = undoing.instruction(first, second);
        if (size == 0) {
          return Optional.empty();
        }
        at += size;
      }
      return undoing.caller();
    }

    private static final class Undoing {
      private final KernelMemory memory;
      private final Map<Integer, Long> known = new LinkedHashMap<>();
      private boolean failed;

      Undoing(KernelMemory memory, FrameRegisters registers) {
        this.memory = memory;
        for (int i = 0; i < PC; i++) {
          OptionalLong value = registers.value(name(i));
          if (value.isPresent()) {
            known.put(i, value.getAsLong());
          }
        }
      }

      private static String name(int register) {
        return switch (register) {
          case SP -> "sp";
          case LR -> "lr";
          case PC -> "pc";
          default -> "r" + register;
        };
      }

      private long sp() {
        return known.getOrDefault(SP, 0L);
      }

      private void pop(int register, int mask) {
        long place = sp();
        for (int i = 0; i < 16; i++) {
          if ((mask >> i & 1) != 0) {
            OptionalLong value = memory.word(place);
            failed |= value.isEmpty();
            known.put(register + i, value.orElse(0));
            place += Integer.BYTES;
          }
        }
        boolean loadsStackPointer = (mask << register >> SP & 1) != 0;
        if (!loadsStackPointer) {
          known.put(SP, memory.truncate(place));
        }
      }

      /** Its length in bytes, or 0 when it is not known. */
      int instruction(int first, int second) {
        if (first < 0x80) {
          long bytes = ((first & 0x3f) << 2) + 4L;
          known.put(SP, memory.truncate(first < 0x40 ? sp() + bytes : sp() - bytes));
          return 1;
        }
        if (first < 0x90) {
          int mask = (first & 15) << 8 | second;
          pop(4, mask);
          return mask == 0 ? 0 : 2;
        }
        if (first < 0xa0) {
          Long value = known.get(first & 15);
          known.put(SP, value == null ? 0 : value);
          return value == null ? 0 : 1;
        }
        if (first < 0xb0) {
          pop(4, ((1 << ((first & 7) + 1)) - 1) | ((first & 8) != 0 ? 1 << (LR - 4) : 0));
          return 1;
        }
        if (first == 0xb1 && second > 0 && second < 16) {
          pop(0, second);
          return 2;
        }
        if (first == 0xb2 && second < 0x80) {
          known.put(SP, memory.truncate(sp() + 0x204 + ((long) second << 2)));
          return 2;
        }
        return 0;
      }

      Optional<FrameRegisters> caller() {
        Long pc = known.containsKey(PC) ? known.get(PC) : known.get(LR);
        if (failed || pc == null) {
          return Optional.empty();
        }
        Map<String, Long> registers = new LinkedHashMap<>();
        known.forEach((register, value) -> registers.put(name(register), value));
        registers.put("pc", pc);
        registers.remove("lr");
        return Optional.of(new FrameRegisters(registers));
      }
    }
  }
}
