package org.vmcore.arch.riscv32;

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
import org.vmcore.arch.api.RootSearch;
import org.vmcore.arch.api.RootSearch.Verdict;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.riscv.ImageHeader;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;

/**
 * Finds the kernel's page tables.
 *
 * <p>The root is in satp, or {@code swapper_pg_dir}, made physical by where the kernel image is: at
 * the start of the linear map, as 32-bit kernels have it. What maps the kernel's text where the
 * image is, is believed.
 */
final class KernelSpaceFinder {
  /** {@code KERNEL_LINK_ADDR} too; it cannot be configured (Linux arch/riscv/Kconfig). */
  static final long PAGE_OFFSET = 0xc000_0000L;

  /** The image lies at a multiple of a PGD entry's reach (arch/riscv/mm/init.c, setup_vm). */
  private static final long IMAGE_ALIGNMENT = 4 << 20;

  private static final int ROOT_ENTRIES = 1024;
  private static final long WORD = 0xffff_ffffL;
  private static final String SWAPPER = "swapper_pg_dir";

  private final PhysicalMemory physical;
  private final MachineFacts facts;
  private final List<Candidate> candidates = new ArrayList<>();

  /**
   * A place that may hold the root.
   *
   * @param offset what to subtract from an address in the image to get its physical address, if it
   *     was told with that
   */
  private record Candidate(long root, OptionalLong offset, String source) {}

  KernelSpaceFinder(Machine machine) {
    this.physical = machine.dump().memory();
    this.facts = new MachineFacts(machine);
  }

  KernelSpace find() throws MissingFactException {
    addSatp(facts.option("satp"), OPTION);
    addSatp(facts.number("satp"), VMCOREINFO);
    addSwapper(facts.option("va_kernel_pa_offset"), OPTION);
    addSwapper(facts.number("va_kernel_pa_offset"), VMCOREINFO);
    for (Segment segment : segments()) {
      long offset = segment.virtualAddress() - segment.physicalAddress();
      addSwapper(OptionalLong.of(offset), "the kernel's PT_LOAD");
    }
    for (long image : ImageHeader.find(physical, IMAGE_ALIGNMENT)) {
      String source = "the kernel image's header at 0x" + Long.toHexString(image);
      addSwapper(OptionalLong.of(PAGE_OFFSET - image), source);
    }
    return space(
        RootSearch.choose(candidates, this::judge, wrong -> {})
            .orElseThrow(this::missing)
            .candidate());
  }

  private void addSatp(OptionalLong satp, String source) {
    satp.ifPresent(
        value ->
            candidates.add(
                new Candidate(Sv32.rootOfSatp(value), OptionalLong.empty(), "satp of " + source)));
  }

  private void addSwapper(OptionalLong offset, String source) {
    OptionalLong swapper = symbol(SWAPPER);
    if (swapper.isPresent() && offset.isPresent()) {
      long root = swapper.getAsLong() - offset.getAsLong() & WORD;
      candidates.add(new Candidate(root, offset, SWAPPER + " with " + source));
    }
  }

  /** Where a symbol was: 32-bit kernels do not move. */
  private OptionalLong symbol(String name) {
    return facts.symbol(name, OptionalLong.of(0));
  }

  /** The text and not the start-up code before it, which the kernel may unmap. */
  private long text() {
    return symbol("_stext").orElse(PAGE_OFFSET);
  }

  private Verdict judge(Candidate candidate) {
    Translation found = tables(candidate).translate(text());
    if (found instanceof Translation.Mapped mapped) {
      boolean told = candidate.offset().isPresent();
      return told && (text() - candidate.offset().getAsLong() & WORD) != mapped.physicalAddress()
          ? Verdict.WRONG
          : Verdict.MAPS_THE_KERNEL;
    }
    return found instanceof Fault.TableUnreadable ? Verdict.TABLES_MISSING : Verdict.WRONG;
  }

  private RadixPageTable tables(Candidate candidate) {
    Sv32 format = new Sv32(firstKernelAddress(candidate.root()));
    return RadixPageTable.kernel(physical, format, candidate.root());
  }

  /**
   * The first that the kernel's root has an entry for, since it has none for processes: the fixmap,
   * which begins where they end ({@code TASK_SIZE}, arch/riscv/include/asm/pgtable.h).
   */
  private long firstKernelAddress(long root) {
    byte[] bytes = new byte[ROOT_ENTRIES * Integer.BYTES];
    int length = physical.read(root, bytes, 0, bytes.length).length();
    ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length / Integer.BYTES; i++) {
      if (entries.getInt(i * Integer.BYTES) != 0) {
        return Math.min(PAGE_OFFSET, (long) i << 22);
      }
    }
    return PAGE_OFFSET;
  }

  private KernelSpace space(Candidate candidate) {
    RadixPageTable tables = tables(candidate);
    facts.use("paging", "Sv32", "the machine's word size");
    facts.use("page table root", candidate.root(), candidate.source());
    if (tables.translate(text()) instanceof Translation.Mapped mapped) {
      facts.use("va_kernel_pa_offset", text() - mapped.physicalAddress() & WORD, "the page tables");
    }
    facts
        .number("phys_ram_base")
        .ifPresent(value -> facts.use("phys_ram_base", value & WORD, VMCOREINFO));
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, tables.withLinear(linearMap())),
        tables.root(),
        OptionalLong.of(0),
        facts.used());
  }

  private LinearMap linearMap() {
    return new LinearMap(
        segments().stream().map(segment -> MachineFacts.region("linear map", segment)).toList());
  }

  /** The PT_LOADs that have kernel addresses. */
  private List<Segment> segments() {
    return facts.kernelSegments(virtualAddress -> virtualAddress >= PAGE_OFFSET);
  }

  private MissingFactException missing() {
    String why;
    if (!candidates.isEmpty()) {
      why = RootSearch.notMappedBy(candidates.stream().map(Candidate::source).toList());
    } else if (symbol(SWAPPER).isEmpty()) {
      why = "nothing tells swapper_pg_dir";
    } else {
      why = "the kernel image is not in the dump";
    }
    return RootSearch.missing(
        why,
        "--vmlinux FILE or --vmcoreinfo FILE (the text of that machine's VMCOREINFO), and where"
            + " that is not enough --arch-option va_kernel_pa_offset=N, or --arch-option satp=N of"
            + " any of its CPUs");
  }
}
