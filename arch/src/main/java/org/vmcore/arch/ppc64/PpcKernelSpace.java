package org.vmcore.arch.ppc64;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * Finds the kernel's tables and how they are laid out. The kernel lies in its map of all memory, so
 * the place of {@code swapper_pg_dir} follows from its address; no note has a register that names
 * it. Whether the MMU is radix or hash is, in this order, the user's word, NUMBER(RADIX_MMU) of
 * VMCOREINFO (since Linux commit 36e826b568e4 ("powerpc/vmcore: Add MMU information to
 * vmcoreinfo")), or what the top-level table's entries look like.
 */
final class PpcKernelSpace {
  /** {@code PAGE_OFFSET}: where the kernel maps physical address 0. */
  static final long PAGE_OFFSET = 0xc000_0000_0000_0000L;

  private static final long IN_REGION = 0x0fff_ffff_ffff_ffffL;

  /** The largest top-level table, that of radix. */
  private static final long TOP_LEVEL_ENTRIES = 1 << 13;

  /** Kernels before Linux 5.2 had vmalloc there with hash. */
  private static final long VMALLOC_REGION = 0xd000_0000_0000_0000L;

  private static final String BY_TABLES = "the top-level table's entries";
  private static final String BY_VARIABLE = "the kernel's variables";
  private static final String BY_DEFAULT = "nothing says otherwise";

  private final Machine machine;
  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final MachineFacts facts;
  private final OptionalLong kaslrOffset;

  PpcKernelSpace(Machine machine, ByteOrder order) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.order = order;
    this.facts = new MachineFacts(machine);
    this.kaslrOffset = findKaslrOffset();
  }

  static long toPhysical(long linearAddress) {
    return linearAddress & IN_REGION;
  }

  /** Book3S has no KASLR: a kernel that nothing tells of ran where it was linked. */
  private OptionalLong findKaslrOffset() throws MissingFactException {
    OptionalLong told = facts.useKaslrOffset();
    if (told.isPresent() || machine.linkAddress().apply("swapper_pg_dir").isEmpty()) {
      return told;
    }
    facts.use("KASLR offset", 0, BY_DEFAULT);
    return OptionalLong.of(0);
  }

  KernelSpace find() throws MissingFactException {
    long root = findRoot();
    PpcLayout layout = findLayout(findRadix(root), findPageShift());
    long virtualStart = findVirtualStart(root, layout);
    PpcPageTable tables =
        PpcPageTable.kernel(physical, layout, root, new LinearMap(regions(layout, virtualStart)));
    if (layout.radix()) {
      check(tables.withLinear(LinearMap.NONE));
    }
    return new KernelSpace(
        physical, new VirtualMemory(physical, tables), root, kaslrOffset, facts.used());
  }

  private long findRoot() throws MissingFactException {
    OptionalLong root = facts.option("swapper_pg_dir");
    String source = OPTION;
    if (root.isEmpty()) {
      root = facts.symbol("swapper_pg_dir", kaslrOffset);
      source = "swapper_pg_dir";
    }
    if (root.isEmpty()) {
      throw new MissingFactException(
          "cannot find the kernel's page tables: the dump has no VMCOREINFO; give --vmcoreinfo FILE"
              + " (the text of that machine's VMCOREINFO), --vmlinux FILE, or --arch-option"
              + " swapper_pg_dir=N");
    }
    long physicalRoot = toPhysical(root.getAsLong());
    facts.use("page table root", physicalRoot, source);
    return physicalRoot;
  }

  private boolean findRadix(long root) throws MissingFactException {
    String option = machine.options().get("mmu");
    if (option != null) {
      if (!option.equals("radix") && !option.equals("hash")) {
        throw new MissingFactException(OPTION + " mmu=" + option + ": neither radix nor hash");
      }
      return radix(option.equals("radix"), OPTION);
    }
    OptionalLong told = facts.number("RADIX_MMU");
    if (told.isPresent()) {
      return radix(told.getAsLong() != 0, VMCOREINFO);
    }
    // Every kernel has vmalloc, with hash in the first 2 KiB of the table that is all there is.
    for (long index = 0; index < TOP_LEVEL_ENTRIES; index++) {
      long entry = entry(root, index);
      if ((entry & PpcEntry.PRESENT) != 0 && (entry & PpcEntry.PTE) == 0) {
        return radix((entry & PpcEntry.NEXT_SIZE) != 0, BY_TABLES);
      }
    }
    throw new MissingFactException(
        "the kernel's top-level page table at %#x is empty or not in the dump, so that it does not"
                .formatted(root)
            + " tell which MMU there was; give --arch-option mmu=radix or mmu=hash");
  }

  private boolean radix(boolean radix, String source) {
    facts.use("mmu", radix ? "radix" : "hash", source);
    return radix;
  }

  private int findPageShift() throws MissingFactException {
    OptionalLong size = facts.option("page_size");
    if (size.isEmpty()) {
      size = machine.vmcoreinfo().map(Vmcoreinfo::pageSize).orElse(OptionalLong.empty());
    }
    return size.orElse(0) == 1 << PpcLayout.SMALL_PAGE_SHIFT
        ? PpcLayout.SMALL_PAGE_SHIFT
        : PpcLayout.LARGE_PAGE_SHIFT;
  }

  /** The index sizes that the kernel chose when it booted, else those of most kernels. */
  private PpcLayout findLayout(boolean radix, int pageShift) throws MissingFactException {
    PpcLayout usual = PpcLayout.usual(radix, pageShift);
    PpcLayout found =
        new PpcLayout(
            radix,
            pageShift,
            (int) indexSize("__pgd_index_size").orElse(0),
            (int) indexSize("__pud_index_size").orElse(0),
            (int) indexSize("__pmd_index_size").orElse(0),
            (int) indexSize("__pte_index_size").orElse(0));
    boolean told = found.isPlausible();
    PpcLayout layout = told ? found : usual;
    facts.use("page table indices", layout.describe(), told ? BY_VARIABLE : BY_DEFAULT);
    return layout;
  }

  private OptionalLong indexSize(String variable) throws MissingFactException {
    OptionalLong option = facts.option(variable);
    return option.isPresent() ? option : variable(variable);
  }

  private OptionalLong variable(String name) {
    OptionalLong symbol = facts.symbol(name, kaslrOffset);
    byte[] bytes = new byte[Long.BYTES];
    return symbol.isPresent()
            && physical.read(toPhysical(symbol.getAsLong()), bytes, 0, bytes.length).isComplete()
        ? OptionalLong.of(ByteBuffer.wrap(bytes).order(order).getLong())
        : OptionalLong.empty();
  }

  /** Where the kernel's map of all memory ends at the latest. */
  private long findVirtualStart(long root, PpcLayout layout) {
    OptionalLong variable = variable("__kernel_virt_start");
    if (variable.isPresent() && variable.getAsLong() >>> 60 >= PAGE_OFFSET >>> 60) {
      return variable.getAsLong();
    }
    long usual = layout.virtualStart();
    int shift = layout.addressBits() - layout.pgd();
    long index = usual >>> shift & ((1L << layout.pgd()) - 1);
    return layout.radix() || entry(root, index) != 0 ? usual : VMALLOC_REGION;
  }

  /** Zero where it cannot be read. */
  private long entry(long table, long index) {
    byte[] bytes = new byte[Long.BYTES];
    boolean complete =
        physical.read(table + index * Long.BYTES, bytes, 0, bytes.length).isComplete();
    return complete ? ByteBuffer.wrap(bytes).getLong() : 0;
  }

  private List<LinearMap.Region> regions(PpcLayout layout, long virtualStart) {
    long end =
        Long.compareUnsigned(virtualStart, VMALLOC_REGION) < 0 ? virtualStart : VMALLOC_REGION;
    List<LinearMap.Region> regions = new ArrayList<>();
    regions.add(
        new LinearMap.Region("linear map", PAGE_OFFSET, 0, end - PAGE_OFFSET, "PAGE_OFFSET"));
    if (!layout.radix()) {
      machine
          .vmcoreinfo()
          .map(info -> new HashVmemmap(physical, order, info).regions())
          .ifPresent(regions::addAll);
    }
    return regions;
  }

  /** With radix the tables map the kernel itself: a table that does not is another one. */
  private void check(PpcPageTable tables) throws MissingFactException {
    OptionalLong stext = facts.symbol("_stext", kaslrOffset);
    if (stext.isEmpty()) {
      return;
    }
    Translation found = tables.translate(stext.getAsLong());
    boolean right =
        found instanceof Translation.Mapped mapped
            ? mapped.physicalAddress() == toPhysical(stext.getAsLong())
            : found instanceof Fault.TableUnreadable;
    if (!right) {
      throw new MissingFactException(
          "the page tables at %#x do not map the kernel; give --arch-option swapper_pg_dir=N or"
                  .formatted(tables.root())
              + " mmu=hash");
    }
  }
}
