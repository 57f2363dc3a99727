package org.vmcore.gdbstub.linux.orc;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Finds a kernel's ORC tables where no symbol tells where they are, as without CONFIG_KALLSYMS_ALL:
 * thousands of relative addresses of code in ascending order, and right behind them as many entries
 * (Linux include/asm-generic/vmlinux.lds.h, ORC_UNWIND_TABLE, which comes after the kernel's data).
 * Other tables of such addresses have no entries behind them.
 */
public final class OrcSearch {
  private static final int PAGE = 4096;
  private static final int ENTRY_BYTES = 6;
  private static final int MIN_ENTRIES = 4096;

  /** Images of kernels are smaller. */
  private static final long MAX_IMAGE = 256L << 20;

  /** Of a hundred entries so many have to make sense. */
  private static final int PLAUSIBLE = 99;

  /** Registers are numbered from 0 to this (Linux arch/x86/include/asm/orc_types.h). */
  private static final int MAX_REGISTER = 10;

  private final KernelMemory memory;
  private final List<Code> code;
  private long start;
  private long last;
  private int run;

  /**
   * Where code is.
   *
   * @param end address behind it
   */
  public record Code(long start, long end) {
    private boolean has(long address) {
      return Long.compareUnsigned(address - start, end - start) <= 0;
    }
  }

  private OrcSearch(KernelMemory memory, List<Code> code) {
    this.memory = memory;
    this.code = code;
  }

  /**
   * Searches the kernel's data.
   *
   * @param code of the kernel, that of its initialisation too
   * @param from where its data start
   * @param until where they end
   */
  public static Optional<Orc> find(KernelMemory memory, List<Code> code, long from, long until) {
    long size = Math.min(until - from, MAX_IMAGE);
    return size > 0 ? new OrcSearch(memory, code).find(from & -PAGE, size) : Optional.empty();
  }

  private Optional<Orc> find(long from, long size) {
    for (long page = from; page - from < size; page += PAGE) {
      Optional<ByteBuffer> words = memory.bytes(page, PAGE);
      for (int at = 0; at < PAGE; at += Integer.BYTES) {
        long place = page + at;
        long address = words.isPresent() ? place + words.get().getInt(at) : 0;
        boolean isCode = words.isPresent() && code.stream().anyMatch(part -> part.has(address));
        if (isCode && run > 0 && Long.compareUnsigned(address, last) >= 0) {
          run++;
        } else {
          Optional<Orc> found = tables();
          if (found.isPresent()) {
            return found;
          }
          start = place;
          run = isCode ? 1 : 0;
        }
        last = address;
      }
    }
    return tables();
  }

  /** The tables, if what was seen last is the first of them; it may look some words too long. */
  private Optional<Orc> tables() {
    for (int count = run; count >= MIN_ENTRIES && count > run - 4; count--) {
      long entries = start + (long) count * Integer.BYTES;
      Optional<ByteBuffer> bytes = memory.bytes(entries, count * ENTRY_BYTES);
      if (bytes.isPresent() && arePlausible(bytes.get(), count)) {
        return Orc.read(memory, start, entries, count);
      }
    }
    return Optional.empty();
  }

  private static boolean arePlausible(ByteBuffer entries, int count) {
    long plausible = 0;
    for (int i = 0; i < count; i++) {
      short flags = entries.getShort(i * ENTRY_BYTES + 4);
      boolean isEntry =
          entries.getShort(i * ENTRY_BYTES) % Long.BYTES == 0
              && (flags & 15) <= MAX_REGISTER
              && (flags >> 4 & 15) <= MAX_REGISTER
              && (flags & 0xf000) == 0;
      plausible += isEntry ? 1 : 0;
    }
    return plausible * 100 >= (long) count * PLAUSIBLE;
  }
}
