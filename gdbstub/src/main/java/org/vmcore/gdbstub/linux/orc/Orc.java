package org.vmcore.gdbstub.linux.orc;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleShape;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The ORC tables of an x86-64 kernel or module: how to find the caller from any instruction. Two
 * sorted arrays run side by side (Linux Documentation/arch/x86/orc-unwinder.rst, since 4.14, commit
 * ee9f8fce9964, "x86/unwind: Add the ORC unwinder"):
 *
 * <pre>
 * .orc_unwind_ip  s32   an instruction's address from this place; what follows is true from there
 *                       up to the next one
 * .orc_unwind     s16 sp_offset, s16 bp_offset, u16 flags (asm/orc_types.h, struct orc_entry)
 * </pre>
 *
 * The flags are as {@link OrcForm} knows them. Safe for use by several threads.
 */
public final class Orc {
  /** A big kernel has a million. */
  private static final int MAX_ENTRIES = 1 << 22;

  private final long[] addresses;
  private final OrcEntries entries;
  private final OrcForm form;

  /** How the frame of an instruction's caller is described. */
  public enum Type {
    /** Nothing is known of this code. */
    UNDEFINED,
    /** There is no caller. */
    END_OF_STACK,
    /** The word below the stack pointer of the caller is the return address. */
    CALL,
    /** A whole {@code struct pt_regs} holds the registers of what was interrupted. */
    REGS,
    /** Of a {@code struct pt_regs} only what the CPU itself pushes is there: ip cs flags sp ss. */
    REGS_PARTIAL
  }

  /** What an address is counted from (asm/orc_types.h, ORC_REG_*). */
  public enum Base {
    UNDEFINED,
    /** The caller's stack pointer; only for bp. */
    PREV_SP,
    /** Clang's, for a stack that it aligns (commit 96f3b16a9de5, "Support Clang RAX DRAP"). */
    AX,
    DX,
    DI,
    BP,
    SP,
    R10,
    R13,
    /** The word at bp plus the offset. */
    BP_INDIRECT,
    /**
     * The word at sp, plus the offset: so since 5.12 (commit 87ccc826bf1c, "x86/unwind/orc: Change
     * REG_SP_INDIRECT"); before, only with an offset of 0, where both mean the same.
     */
    SP_INDIRECT
  }

  /**
   * What is true from an instruction on.
   *
   * @param start address of the first instruction
   * @param spBase what the caller's stack pointer, or the place of its pt_regs, is counted from
   * @param bpBase where the caller's rbp is saved, or {@link Base#UNDEFINED} when it still is in
   *     rbp
   * @param signal whether the caller was interrupted rather than called from
   */
  public record Entry(
      long start,
      Type type,
      Base spBase,
      int spOffset,
      Base bpBase,
      int bpOffset,
      boolean signal) {}

  private Orc(long[] addresses, OrcEntries entries, OrcForm form) {
    this.addresses = addresses;
    this.entries = entries;
    this.form = form;
  }

  /** The tables of the kernel itself; empty where it has none, as with frame pointers. */
  public static Optional<Orc> ofKernel(KernelMemory memory, SymbolTable symbols) {
    Map<String, Long> found =
        symbols.find(Set.of("__start_orc_unwind_ip", "__stop_orc_unwind_ip", "__start_orc_unwind"));
    Long ips = found.get("__start_orc_unwind_ip");
    Long ipsEnd = found.get("__stop_orc_unwind_ip");
    Long entries = found.get("__start_orc_unwind");
    return ips == null || ipsEnd == null || entries == null
        ? Optional.empty()
        : read(memory, ips, entries, (ipsEnd - ips) / Integer.BYTES);
  }

  /**
   * The tables of a module: its {@code struct module} says how long they are in front of where they
   * are, which the addresses of its sections tell too ({@code struct mod_arch_specific}, Linux
   * arch/x86/include/asm/module.h).
   *
   * @param kernel those of its kernel, which have the same form and are enough to tell which
   */
  public static Optional<Orc> ofModule(KernelMemory memory, KernelModule module, Orc kernel) {
    Long ips = module.sections().get(".orc_unwind_ip");
    Long entries = module.sections().get(".orc_unwind");
    byte[] structure = memory.upTo(module.structure(), ModuleShape.MAX_STRUCTURE);
    ByteBuffer words = ByteBuffer.wrap(structure).order(memory.byteOrder());
    for (int at = 0; at + 3 * Long.BYTES <= words.limit(); at += Long.BYTES) {
      if (ips != null
          && entries != null
          && words.getLong(at + Long.BYTES) == ips
          && words.getLong(at + 2 * Long.BYTES) == entries) {
        return read(memory, ips, entries, words.getInt(at), Optional.of(kernel.form))
            .map(orc -> orc.within(module));
      }
    }
    return Optional.empty();
  }

  /**
   * Without the entries of initialisation code, whose memory was freed and may be another module's
   * code by now.
   */
  private Orc within(KernelModule module) {
    int[] kept =
        IntStream.range(0, addresses.length).filter(i -> module.hasCodeAt(addresses[i])).toArray();
    return selected(addresses, entries, kept, form);
  }

  private static Orc selected(long[] addresses, OrcEntries entries, int[] numbers, OrcForm form) {
    long[] places = IntStream.of(numbers).mapToLong(i -> addresses[i]).toArray();
    return new Orc(places, entries.select(numbers), form);
  }

  /**
   * Reads tables.
   *
   * @param ips address of .orc_unwind_ip
   * @param entries address of .orc_unwind
   * @param count how many entries each has
   * @return empty when they cannot be read or are not in order
   */
  public static Optional<Orc> read(KernelMemory memory, long ips, long entries, long count) {
    return read(memory, ips, entries, count, Optional.empty());
  }

  private static Optional<Orc> read(
      KernelMemory memory, long ips, long entries, long count, Optional<OrcForm> known) {
    if (count <= 0 || count > MAX_ENTRIES) {
      return Optional.empty();
    }
    int size = (int) count;
    memory.willRead(ips, (long) size * Integer.BYTES);
    memory.willRead(entries, (long) size * OrcEntries.BYTES);
    Optional<ByteBuffer> places = memory.bytes(ips, size * Integer.BYTES);
    Optional<ByteBuffer> words = memory.bytes(entries, size * OrcEntries.BYTES);
    if (places.isEmpty() || words.isEmpty()) {
      return Optional.empty();
    }
    long[] addresses = new long[size];
    for (int i = 0; i < size; i++) {
      addresses[i] = ips + (long) i * Integer.BYTES + places.get().getInt();
    }
    OrcEntries table = new OrcEntries(words.get());
    OrcForm form = known.orElseGet(() -> OrcForm.of(table));
    return Optional.of(
        isAscending(addresses)
            ? new Orc(addresses, table, form)
            : selected(addresses, table, ascending(addresses), form));
  }

  private static boolean isAscending(long[] addresses) {
    for (int i = 1; i < addresses.length; i++) {
      if (Long.compareUnsigned(addresses[i - 1], addresses[i]) > 0) {
        return false;
      }
    }
    return true;
  }

  /** Before 5.6 (commit f14bf6a350df) the kernel sorted its tables only when it booted. */
  private static int[] ascending(long[] addresses) {
    return IntStream.range(0, addresses.length)
        .boxed()
        .sorted((a, b) -> Long.compareUnsigned(addresses[a], addresses[b]))
        .mapToInt(i -> i)
        .toArray();
  }

  /** Number of entries, at least 1. */
  public int count() {
    return addresses.length;
  }

  /** Address of the first instruction of entry {@code i}; ascending. */
  public long start(int i) {
    return addresses[i];
  }

  /**
   * What entry {@code i} says, wherever it begins: the same number for all that say the same in the
   * tables of one kernel and its modules. Its upper 16 bits are 0.
   */
  public long meaning(int i) {
    return Short.toUnsignedLong(entries.spOffset(i)) << 32
        | Short.toUnsignedLong(entries.bpOffset(i)) << 16
        | Short.toUnsignedLong(entries.flags(i));
  }

  /** Entry {@code i}, counted from 0 in the order of addresses. */
  public Entry entry(int i) {
    short bits = entries.flags(i);
    return new Entry(
        addresses[i],
        form.type(bits),
        form.spBase(bits),
        entries.spOffset(i),
        form.bpBase(bits),
        entries.bpOffset(i),
        form.isSignal(bits));
  }

  /**
   * What is true of an instruction.
   *
   * @param pc of a frame that called another: the return address minus one
   * @return empty below the first entry; above the last instruction the last entry, which is
   *     undefined
   */
  public Optional<Entry> at(long pc) {
    int found = indexAt(pc);
    return found < 0 ? Optional.empty() : Optional.of(entry(found));
  }

  /** The number of the entry that {@link #at} tells; -1 below the first one. */
  public int indexAt(long pc) {
    int low = 0;
    int high = addresses.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses[middle], pc) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}
