package org.vmcore.gdbstub.kernel;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

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
 * The flags have had three forms; bits 0 to 3 always are sp_reg and 4 to 7 bp_reg:
 *
 * <pre>
 * from 4.14  type:2 (CALL, REGS, REGS_PARTIAL), end:1 since 4.18
 * 6.3        type:2, signal:1, end:1   commit ffb1b4a41016, "x86/unwind/orc: Add 'signal' field to
 *                                      ORC metadata"
 * since 6.4  type:3 (UNDEFINED, END_OF_STACK, CALL, REGS, REGS_PARTIAL), signal:1
 *                                      commit fb799447ae29, "x86,objtool: Split UNWIND_HINT_EMPTY
 *                                      in two"
 * </pre>
 *
 * and the registers two numberings (commit 1735858caa4b, "objtool/x86: Reorder ORC register
 * numbering", in 7.2). Distributions carry the later ones in older kernels, and only since 6.4 an
 * .orc_header says which; the entries themselves tell: nearly all are of calls, and of most the
 * frame is counted from the stack pointer. Safe for use by several threads.
 */
public final class Orc {
  /** A big kernel has a million. */
  private static final int MAX_ENTRIES = 1 << 22;

  private static final int ENTRY_BYTES = 6;

  private static final int TYPE_CALL_SINCE_6_4 = 2;
  private static final int TYPE_REGS_UNTIL_6_3 = 1;

  private final long[] addresses;
  private final short[] spOffsets;
  private final short[] bpOffsets;
  private final short[] flags;
  private final Form form;
  private final List<Base> bases;

  private enum Form {
    UNTIL_6_2,
    OF_6_3,
    SINCE_6_4
  }

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

  /** By their numbers; the last is in no release, but in kernels that distributions patched. */
  private static final List<Base> BASES_UNTIL_7_1 =
      List.of(
          Base.UNDEFINED,
          Base.PREV_SP,
          Base.DX,
          Base.DI,
          Base.BP,
          Base.SP,
          Base.R10,
          Base.R13,
          Base.BP_INDIRECT,
          Base.SP_INDIRECT,
          Base.AX);

  private static final List<Base> BASES_SINCE_7_2 =
      List.of(
          Base.UNDEFINED,
          Base.AX,
          Base.DX,
          Base.SP,
          Base.BP,
          Base.DI,
          Base.R10,
          Base.R13,
          Base.PREV_SP,
          Base.SP_INDIRECT,
          Base.BP_INDIRECT);

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

  private Orc(
      long[] addresses,
      short[] spOffsets,
      short[] bpOffsets,
      short[] flags,
      Form form,
      List<Base> bases) {
    this.addresses = addresses;
    this.spOffsets = spOffsets;
    this.bpOffsets = bpOffsets;
    this.flags = flags;
    this.form = form;
    this.bases = bases;
  }

  /** The tables of the kernel itself; empty where it has none, as with frame pointers. */
  public static Optional<Orc> ofKernel(KernelMemory memory, Kallsyms kallsyms) {
    Map<String, Long> found =
        kallsyms.find(
            Set.of("__start_orc_unwind_ip", "__stop_orc_unwind_ip", "__start_orc_unwind"));
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
   */
  public static Optional<Orc> ofModule(KernelMemory memory, KernelModule module) {
    Long ips = module.sections().get(".orc_unwind_ip");
    Long entries = module.sections().get(".orc_unwind");
    byte[] structure = memory.upTo(module.structure(), ModuleShape.MAX_STRUCTURE);
    ByteBuffer words = ByteBuffer.wrap(structure).order(memory.byteOrder());
    for (int at = 0; at + 3 * Long.BYTES <= words.limit(); at += Long.BYTES) {
      if (ips != null
          && entries != null
          && words.getLong(at + Long.BYTES) == ips
          && words.getLong(at + 2 * Long.BYTES) == entries) {
        return read(memory, ips, entries, words.getInt(at)).map(orc -> orc.within(module));
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
        IntStream.range(0, addresses.length)
            .filter(i -> Long.compareUnsigned(addresses[i] - module.base(), module.size()) < 0)
            .toArray();
    long[] places = new long[kept.length];
    short[] sp = new short[kept.length];
    short[] bp = new short[kept.length];
    short[] words = new short[kept.length];
    for (int i = 0; i < kept.length; i++) {
      places[i] = addresses[kept[i]];
      sp[i] = spOffsets[kept[i]];
      bp[i] = bpOffsets[kept[i]];
      words[i] = flags[kept[i]];
    }
    return new Orc(places, sp, bp, words, form, bases);
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
    if (count <= 0 || count > MAX_ENTRIES) {
      return Optional.empty();
    }
    int size = (int) count;
    Optional<ByteBuffer> places = memory.bytes(ips, size * Integer.BYTES);
    Optional<ByteBuffer> words = memory.bytes(entries, size * ENTRY_BYTES);
    if (places.isEmpty() || words.isEmpty()) {
      return Optional.empty();
    }
    long[] addresses = new long[size];
    for (int i = 0; i < size; i++) {
      addresses[i] = ips + (long) i * Integer.BYTES + places.get().getInt();
    }
    int[] order = order(addresses);
    long[] sorted = new long[size];
    short[] spOffsets = new short[size];
    short[] bpOffsets = new short[size];
    short[] flags = new short[size];
    for (int i = 0; i < size; i++) {
      int at = order[i] * ENTRY_BYTES;
      sorted[i] = addresses[order[i]];
      spOffsets[i] = words.get().getShort(at);
      bpOffsets[i] = words.get().getShort(at + 2);
      flags[i] = words.get().getShort(at + 4);
    }
    return Optional.of(new Orc(sorted, spOffsets, bpOffsets, flags, form(flags), bases(flags)));
  }

  /** Before 5.6 (commit f14bf6a350df) the kernel sorted its tables only when it booted. */
  private static int[] order(long[] addresses) {
    boolean ascending = true;
    for (int i = 1; i < addresses.length; i++) {
      ascending &= Long.compareUnsigned(addresses[i - 1], addresses[i]) <= 0;
    }
    IntStream order = IntStream.range(0, addresses.length);
    return ascending
        ? order.toArray()
        : order
            .boxed()
            .sorted((a, b) -> Long.compareUnsigned(addresses[a], addresses[b]))
            .mapToInt(i -> i)
            .toArray();
  }

  private static Form form(short[] flags) {
    int calls = 0;
    boolean endIsBit11 = false;
    boolean regsWithBit10 = false;
    for (short entry : flags) {
      calls += (entry >> 8 & 7) == TYPE_CALL_SINCE_6_4 ? 1 : -1;
      endIsBit11 |= (entry & 0x800) != 0;
      regsWithBit10 |= (entry >> 8 & 3) == TYPE_REGS_UNTIL_6_3 && (entry & 0x400) != 0;
    }
    if (calls > 0) {
      return Form.SINCE_6_4;
    }
    return endIsBit11 || regsWithBit10 ? Form.OF_6_3 : Form.UNTIL_6_2;
  }

  private static List<Base> bases(short[] flags) {
    int older = 0;
    for (short entry : flags) {
      older += (entry & 15) == BASES_UNTIL_7_1.indexOf(Base.SP) ? 1 : 0;
      older -= (entry & 15) == BASES_SINCE_7_2.indexOf(Base.SP) ? 1 : 0;
    }
    return older >= 0 ? BASES_UNTIL_7_1 : BASES_SINCE_7_2;
  }

  /** Number of entries, at least 1. */
  public int count() {
    return addresses.length;
  }

  /** Address of the first instruction of entry {@code i}; ascending. */
  public long start(int i) {
    return addresses[i];
  }

  /** Entry {@code i}, counted from 0 in the order of addresses. */
  public Entry entry(int i) {
    int bits = flags[i];
    Base sp = base(bits & 15);
    return new Entry(
        addresses[i],
        type(bits, sp),
        sp,
        spOffsets[i],
        base(bits >> 4 & 15),
        bpOffsets[i],
        signal(bits));
  }

  private Base base(int number) {
    return number < bases.size() ? bases.get(number) : Base.UNDEFINED;
  }

  private Type type(int bits, Base sp) {
    if (form == Form.SINCE_6_4) {
      int number = bits >> 8 & 7;
      return number < Type.values().length ? Type.values()[number] : Type.UNDEFINED;
    }
    if (sp == Base.UNDEFINED) {
      boolean end = (bits & (form == Form.OF_6_3 ? 0x800 : 0x400)) != 0;
      return end ? Type.END_OF_STACK : Type.UNDEFINED;
    }
    return switch (bits >> 8 & 3) {
      case 0 -> Type.CALL;
      case TYPE_REGS_UNTIL_6_3 -> Type.REGS;
      case 2 -> Type.REGS_PARTIAL;
      default -> Type.UNDEFINED;
    };
  }

  private boolean signal(int bits) {
    return switch (form) {
      case UNTIL_6_2 -> (bits >> 8 & 3) != 0;
      case OF_6_3 -> (bits & 0x400) != 0;
      case SINCE_6_4 -> (bits & 0x800) != 0;
    };
  }

  /**
   * What is true of an instruction.
   *
   * @param pc of a frame that called another: the return address minus one
   * @return empty below the first entry; above the last instruction the last entry, which is
   *     undefined
   */
  public Optional<Entry> at(long pc) {
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
    return low == 0 ? Optional.empty() : Optional.of(entry(low - 1));
  }
}
