package org.vmcore.arch.paging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

/**
 * Page tables that are a tree: bits of the address, from the top down, choose an entry in the table
 * of each level, which leads to the next table or to a page. An architecture says how it cuts
 * addresses up and what its entries mean: {@link Format}. Those of s390x and ppc64 have walks of
 * their own: there an entry tells how many entries the next table has, and which of them.
 *
 * <p>Kernel addresses are always walked from the kernel's own root: a process's tables may lack
 * kernel mappings that were made after it started.
 */
public final class RadixPageTable implements PageTable {

  /**
   * @param name the table's name in Linux, such as {@code PGD}
   * @param shift the lowest bit of the address that chooses an entry
   * @param bits how many do
   */
  public record Level(String name, int shift, int bits) {
    /** Bytes of virtual memory that one entry leads to. */
    public long reach() {
      return 1L << shift;
    }

    /**
     * Levels whose tables are of one size each.
     *
     * @param pageShift bits of an address in the smallest page
     * @param bits that each level takes, but for the first, which takes what is left of all
     * @param addressBits of a virtual address
     * @param names from the root down
     */
    public static List<Level> all(int pageShift, int bits, int addressBits, String... names) {
      List<Level> levels = new ArrayList<>();
      for (int i = 0; i < names.length; i++) {
        int shift = pageShift + bits * (names.length - 1 - i);
        levels.add(new Level(names[i], shift, Math.min(bits, addressBits - shift)));
      }
      return List.copyOf(levels);
    }

    private long index(long virtualAddress) {
      return (virtualAddress >>> shift) & ((1L << bits) - 1);
    }
  }

  /** What the bits of an architecture's addresses, roots and entries mean. */
  public interface Format {
    /** From the root down. */
    List<Level> levels();

    int entryBytes();

    ByteOrder byteOrder();

    /** Bits of a virtual address, for people. */
    int addressBits();

    /** Whether the machine can form an address at all. */
    boolean isCanonical(long virtualAddress);

    boolean isKernel(long virtualAddress);

    /** As {@link PageTable#afterTags}. */
    default long afterTags(long virtualAddress) {
      return virtualAddress;
    }

    /** The physical address of the top-level table in an address or in a control register. */
    long root(long root);

    /**
     * @param entry zero-extended
     */
    Meaning meaning(Level level, long entryAddress, long entry, boolean kernel);

    /**
     * The names of the flags that are set.
     *
     * @param page whether the entry maps a page
     */
    String flags(Level level, long entry, boolean page);
  }

  /** A format of 32-bit addresses, of which the kernel has the upper ones. */
  public interface Format32 extends Format {
    /** The kernel's lowest address; processes have those below. */
    long firstKernelAddress();

    @Override
    default int addressBits() {
      return Integer.SIZE;
    }

    @Override
    default boolean isCanonical(long virtualAddress) {
      return virtualAddress >>> Integer.SIZE == 0;
    }

    @Override
    default boolean isKernel(long virtualAddress) {
      return virtualAddress >= firstKernelAddress();
    }
  }

  /** What an entry is. */
  public sealed interface Meaning {

    /** It points at the table of the next level. */
    record Table(long physicalAddress) implements Meaning {}

    /**
     * It maps a page.
     *
     * @param physicalAddress of the page's first byte
     * @param size bytes, a power of two; more than the level's reach where several entries alike
     *     make one page
     */
    record Page(long physicalAddress, long size) implements Meaning {}

    /**
     * Its page is in swap.
     *
     * @param entry that names the place there
     */
    record Swapped(long entry) implements Meaning {}

    /** It leads nowhere. */
    enum Nothing implements Meaning {
      NOT_MAPPED,
      NOT_PRESENT,
      BAD
    }
  }

  private final PhysicalMemory physical;
  private final Format format;
  private final long kernelRoot;
  private final OptionalLong userRoot;
  private final LinearMap missing;
  private final LinearMap unmapped;

  private RadixPageTable(
      PhysicalMemory physical,
      Format format,
      long kernelRoot,
      OptionalLong userRoot,
      LinearMap missing,
      LinearMap unmapped) {
    this.physical = physical;
    this.format = format;
    this.kernelRoot = kernelRoot;
    this.userRoot = userRoot;
    this.missing = missing;
    this.unmapped = unmapped;
  }

  /**
   * The kernel's tables: all addresses from one root.
   *
   * @param root an address or a control register, as {@link Format#root} takes it
   */
  public static RadixPageTable kernel(PhysicalMemory physical, Format format, long root) {
    long table = format.root(root);
    return new RadixPageTable(
        physical, format, table, OptionalLong.of(table), LinearMap.NONE, LinearMap.NONE);
  }

  /**
   * The kernel's tables of a machine whose processes have a root of their own: they map no user
   * addresses.
   *
   * @param root physical address of the top-level table
   */
  public static RadixPageTable kernelHalf(PhysicalMemory physical, Format format, long root) {
    return new RadixPageTable(
        physical, format, root, OptionalLong.empty(), LinearMap.NONE, LinearMap.NONE);
  }

  /**
   * The same kernel with another user half.
   *
   * @param root an address or a control register, as {@link Format#root} takes it
   */
  public RadixPageTable withUserRoot(long root) {
    OptionalLong table = OptionalLong.of(format.root(root));
    return new RadixPageTable(physical, format, kernelRoot, table, missing, unmapped);
  }

  /** The same tables with something to serve kernel addresses whose tables are missing. */
  public RadixPageTable withLinear(LinearMap other) {
    return withLinear(other, LinearMap.NONE);
  }

  /**
   * The same tables, with what serves kernel addresses that they do not.
   *
   * @param whereMissing serves where a table is missing
   * @param whereEmpty serves where an entry is zero, too
   */
  public RadixPageTable withLinear(LinearMap whereMissing, LinearMap whereEmpty) {
    return new RadixPageTable(physical, format, kernelRoot, userRoot, whereMissing, whereEmpty);
  }

  /** The kernel's tables of an architecture whose address spaces are all made of these. */
  public static RadixPageTable of(KernelSpace kernel) {
    return (RadixPageTable) kernel.virtual().pageTable();
  }

  /** Physical address of the table that kernel addresses are walked from. */
  public long root() {
    return kernelRoot;
  }

  public Format format() {
    return format;
  }

  @Override
  public Translation translate(long virtualAddress) {
    return walk(virtualAddress, null);
  }

  @Override
  public long afterTags(long virtualAddress) {
    return format.afterTags(virtualAddress);
  }

  @Override
  public PageWalk walk(long virtualAddress) {
    List<PageWalk.Step> steps = new ArrayList<>(format.levels().size() + 1);
    Translation result = walk(virtualAddress, steps);
    return new PageWalk(virtualAddress, steps, result);
  }

  private Translation walk(long virtualAddress, @Nullable List<PageWalk.Step> steps) {
    if (!format.isCanonical(virtualAddress)) {
      return new Fault.NotCanonical(virtualAddress, format.addressBits());
    }
    boolean kernel = format.isKernel(virtualAddress);
    if (!kernel && userRoot.isEmpty()) {
      return new Fault.UserAddress(virtualAddress);
    }
    long table = kernel ? kernelRoot : userRoot.getAsLong();
    byte[] bytes = new byte[format.entryBytes()];
    for (Level level : format.levels()) {
      long entryAddress = table + level.index(virtualAddress) * bytes.length;
      PhysicalRead read = physical.read(entryAddress, bytes, 0, bytes.length);
      PhysicalFault unreadable = read.fault();
      if (unreadable != null) {
        // Nothing but the tables tells where a process's memory is.
        LinearMap instead = kernel ? missing : LinearMap.NONE;
        return instead.withoutTable(virtualAddress, level.name(), unreadable, steps);
      }
      long entry = entry(bytes);
      Meaning meaning = format.meaning(level, entryAddress, entry, kernel);
      if (steps != null) {
        steps.add(step(level, entryAddress, entry, meaning));
      }
      if (meaning instanceof Meaning.Table next) {
        table = next.physicalAddress();
      } else if (meaning instanceof Meaning.Page page) {
        long inPage = virtualAddress & (page.size() - 1);
        // Whether its neighbours are the copies they ought to be, an entry does not tell.
        long size = Math.min(page.size(), level.reach());
        return new Translation.Mapped(
            page.physicalAddress() + inPage, size - (virtualAddress & (size - 1)));
      } else if (meaning instanceof Meaning.Swapped swapped) {
        return new Fault.SwappedOut(virtualAddress, swapped.entry());
      } else {
        Fault fault = fault((Meaning.Nothing) meaning, virtualAddress, level, entryAddress, entry);
        boolean isEmpty = kernel && entry == 0;
        return isEmpty ? unmapped.instead(fault, level.name() + " empty", steps) : fault;
      }
    }
    throw new IllegalStateException("a format whose last level has tables: " + format);
  }

  @Override
  public Optional<PageWalk.Step> lastEntry(long entry) {
    Level last = format.levels().get(format.levels().size() - 1);
    return Optional.of(step(last, 0, entry, format.meaning(last, 0, entry, true)));
  }

  private long entry(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(format.byteOrder());
    return bytes.length == Long.BYTES ? buffer.getLong() : Integer.toUnsignedLong(buffer.getInt());
  }

  private PageWalk.Step step(Level level, long entryAddress, long entry, Meaning meaning) {
    long target = 0;
    long pageSize = 0;
    if (meaning instanceof Meaning.Table table) {
      target = table.physicalAddress();
    } else if (meaning instanceof Meaning.Page page) {
      target = page.physicalAddress();
      pageSize = page.size();
    }
    String flags = format.flags(level, entry, pageSize > 0);
    return new PageWalk.Step(level.name(), entryAddress, entry, target, flags, pageSize);
  }

  private static Fault fault(
      Meaning.Nothing why, long virtualAddress, Level level, long entryAddress, long entry) {
    return switch (why) {
      case NOT_MAPPED -> new Fault.NotMapped(virtualAddress, level.name(), entryAddress, entry);
      case NOT_PRESENT -> new Fault.NotPresent(virtualAddress, level.name(), entryAddress, entry);
      case BAD -> new Fault.BadEntry(virtualAddress, level.name(), entryAddress, entry);
    };
  }
}
