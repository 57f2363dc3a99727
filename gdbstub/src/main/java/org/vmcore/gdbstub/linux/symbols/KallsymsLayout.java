package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Where the tables of kallsyms are in memory, and how they tell addresses.
 *
 * @param names address of the compressed names
 * @param namesLimit bytes that they take at most
 * @param count number of symbols, 1 to {@link #MAX_SYMBOLS}
 * @param tokens what each byte of a compressed name stands for
 * @param values address of the table of addresses or offsets
 * @param meaning of an entry of that table
 * @param base what {@link Meaning#BASE_RELATIVE} and {@link Meaning#PER_CPU_ABSOLUTE} count from
 */
record KallsymsLayout(
    long names,
    int namesLimit,
    int count,
    KallsymsTokens tokens,
    long values,
    Meaning meaning,
    long base) {

  /** More than any kernel has; a guard against garbage. */
  static final int MAX_SYMBOLS = 1 << 22;

  private static final int MAX_NAMES_BYTES = 64 << 20;

  /** What an entry of the table of values is (Linux kernel/kallsyms.c, kallsyms_sym_address). */
  enum Meaning {
    /**
     * {@code unsigned long kallsyms_addresses[]}, until 6.11 without CONFIG_KALLSYMS_BASE_RELATIVE.
     */
    ADDRESS,

    /**
     * {@code u32 kallsyms_offsets[]} from kallsyms_relative_base, since 4.6 (commit 2213e9a66bb8,
     * "kallsyms: add support for relative offsets in kallsyms address table").
     */
    BASE_RELATIVE,

    /**
     * {@code s32 kallsyms_offsets[]} with CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86-64 SMP from 4.6 to
     * 6.14, removed by commit 01157ddc58dc, "kallsyms: Remove KALLSYMS_ABSOLUTE_PERCPU"): 0 or more
     * is the address of a per-CPU symbol itself, and a negative one counts from the base minus one.
     */
    PER_CPU_ABSOLUTE,

    /**
     * {@code s32 kallsyms_offsets[]}, each from its own place (2026, "kallsyms: Get rid of kallsyms
     * relative base").
     */
    PLACE_RELATIVE,

    /**
     * {@code u32 kallsyms_offsets[]} that are addresses: the same change, on 32 bits unrelocated.
     */
    ADDRESS_32;

    int bytes(KernelMemory memory) {
      return this == ADDRESS ? memory.wordBytes() : Integer.BYTES;
    }

    /** The address that entry {@code i} of the table at {@code values} stands for. */
    long address(KernelMemory memory, ByteBuffer table, int i, long values, long base) {
      if (this == ADDRESS) {
        return memory.word(table, i * memory.wordBytes());
      }
      int entry = table.getInt(i * Integer.BYTES);
      long unsigned = Integer.toUnsignedLong(entry);
      return memory.truncate(
          switch (this) {
            case ADDRESS, ADDRESS_32 -> unsigned;
            case BASE_RELATIVE -> base + unsigned;
            case PER_CPU_ABSOLUTE -> entry >= 0 ? entry : base - 1 - entry;
            case PLACE_RELATIVE -> values + (long) i * Integer.BYTES + entry;
          });
    }
  }

  /**
   * As VMCOREINFO tells it since Linux 6.0 (commit 5fd8fea935a1, "vmcoreinfo: include kallsyms
   * symbols"); empty when it does not or when what it names cannot be read.
   */
  static Optional<KallsymsLayout> of(KernelMemory memory, Vmcoreinfo vmcoreinfo) {
    OptionalLong names = vmcoreinfo.symbol("kallsyms_names");
    OptionalLong numSyms = vmcoreinfo.symbol("kallsyms_num_syms");
    if (names.isEmpty() || numSyms.isEmpty()) {
      return Optional.empty();
    }
    OptionalInt count = memory.int32(numSyms.getAsLong());
    Optional<KallsymsTokens> tokens = KallsymsTokens.of(memory, vmcoreinfo);
    if (count.isEmpty()
        || count.getAsInt() <= 0
        || count.getAsInt() > MAX_SYMBOLS
        || tokens.isEmpty()) {
      return Optional.empty();
    }
    // Absent where each byte stands for itself.
    long end = vmcoreinfo.symbol("kallsyms_token_table").orElse(0);
    return values(memory, vmcoreinfo, count.getAsInt())
        .map(v -> v.layout(names.getAsLong(), end, count.getAsInt(), tokens.get()));
  }

  /** The table of addresses, with what it needs to be read. */
  record Values(long values, Meaning meaning, long base) {
    /**
     * @param namesEnd address behind the names; below them where it is not known
     */
    KallsymsLayout layout(long names, long namesEnd, int count, KallsymsTokens tokens) {
      long most = namesEnd - names;
      int limit = (int) (most > 0 ? Math.min(most, MAX_NAMES_BYTES) : MAX_NAMES_BYTES);
      return new KallsymsLayout(names, limit, count, tokens, values, meaning, base);
    }
  }

  private static Optional<Values> values(KernelMemory memory, Vmcoreinfo vmcoreinfo, int count) {
    OptionalLong addresses = vmcoreinfo.symbol("kallsyms_addresses");
    if (addresses.isPresent()) {
      return Optional.of(new Values(addresses.getAsLong(), Meaning.ADDRESS, 0));
    }
    OptionalLong offsets = vmcoreinfo.symbol("kallsyms_offsets");
    OptionalLong baseAt = vmcoreinfo.symbol("kallsyms_relative_base");
    if (offsets.isEmpty()) {
      return Optional.empty();
    }
    long table = offsets.getAsLong();
    if (baseAt.isEmpty()) {
      Values embedded = new Values(table, Meaning.ADDRESS_32, 0);
      return Optional.of(
          memory.wordBytes() == Integer.BYTES && KallsymsSearch.isAscending(memory, embedded, count)
              ? embedded
              : new Values(table, Meaning.PLACE_RELATIVE, 0));
    }
    OptionalLong base = memory.word(baseAt.getAsLong());
    return base.isEmpty()
        ? Optional.empty()
        : Optional.of(relativeTo(memory, table, base.getAsLong(), count));
  }

  /**
   * The last symbol is in the image and never per-CPU, so its sign tells how all are meant; an
   * image spans less than 2 GiB, so that offsets from the base are never negative.
   */
  static Values relativeTo(KernelMemory memory, long table, long base, int count) {
    OptionalInt last = memory.int32(table + (count - 1L) * Integer.BYTES);
    boolean perCpu = last.isPresent() && last.getAsInt() < 0;
    return new Values(table, perCpu ? Meaning.PER_CPU_ABSOLUTE : Meaning.BASE_RELATIVE, base);
  }
}
