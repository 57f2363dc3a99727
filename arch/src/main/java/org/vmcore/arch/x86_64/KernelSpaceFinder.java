package org.vmcore.arch.x86_64;

import static org.vmcore.arch.x86_64.X86Facts.IMAGE_ALIGNMENT;
import static org.vmcore.arch.x86_64.X86Facts.MAX_IMAGE_SIZE;
import static org.vmcore.arch.x86_64.X86Facts.START_KERNEL_MAP;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RootSearch;
import org.vmcore.arch.api.RootSearch.Verdict;
import org.vmcore.arch.paging.ExpectedImage;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds the root of the kernel's page tables.
 *
 * <p>Every place that may tell it is a candidate, tried in the order of trust; one is believed when
 * its tables map the kernel's text where it ought to be:
 *
 * <ol>
 *   <li>the symbol {@code swapper_pg_dir}, made physical with {@code phys_base};
 *   <li>CR3 of a CPU in a QEMU note;
 *   <li>where the first is lost from the dump: the table of any process, found by its content.
 * </ol>
 */
final class KernelSpaceFinder {
  /** {@code PTI_USER_PGTABLE_BIT} of CR3: the user's table follows the kernel's in memory. */
  private static final long PTI_USER_TABLE = 1 << 12;

  /**
   * The names of one table: init_level4_pgt became init_top_pgt with 5-level paging, and
   * swapper_pg_dir is a macro for either (Linux arch/x86/include/asm/pgtable_64.h).
   */
  private static final List<String> ROOT_NAMES =
      List.of("swapper_pg_dir", "init_top_pgt", "init_level4_pgt");

  private static final String BY_TABLES = "the page tables";

  private final Machine machine;
  private final PhysicalMemory physical;
  private final X86Facts facts;

  /**
   * A place that may hold the root.
   *
   * @param physBase what it was told with
   */
  private record Candidate(long root, Optional<X86Facts.PhysBase> physBase, String source) {}

  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.facts = new X86Facts(machine);
  }

  KernelSpace find() throws MissingFactException {
    List<Candidate> candidates = new ArrayList<>(symbolCandidates());
    candidates.addAll(registerCandidates());
    candidates.stream().findFirst().flatMap(Candidate::physBase).ifPresent(this::expectImage);
    RootSearch.Choice<Candidate> choice =
        RootSearch.choose(
                candidates,
                this::judge,
                wrong -> facts.use("no root", wrong.root(), wrong.source() + ": maps no kernel"))
            .orElseThrow(() -> missing(candidates));
    if (!choice.confirmed()) {
      return spaceOfLostRoot(choice.candidate());
    }
    boolean whole = machine.dump().info().incomplete().isEmpty();
    Candidate kernels = kernelsOwn(choice.candidate());
    return space(kernels, tables(kernels.root()), whole);
  }

  /** Announces it before its root is read, which is in it. */
  private void expectImage(X86Facts.PhysBase base) {
    machine
        .vmcoreinfo()
        .flatMap(ExpectedImage::of)
        .ifPresent(
            image ->
                physical.willRead(image.start() - START_KERNEL_MAP + base.value(), image.length()));
  }

  private MissingFactException missing(List<Candidate> tried) {
    String why;
    if (!tried.isEmpty()) {
      why = RootSearch.notMappedBy(tried.stream().map(Candidate::source).toList());
    } else if (facts.hasVmcoreinfo()) {
      why = "the VMCOREINFO lacks swapper_pg_dir, or nothing tells phys_base";
    } else {
      why = "the dump has neither VMCOREINFO nor a QEMU note with CR3";
    }
    return RootSearch.missing(
        why,
        "--vmcoreinfo FILE (the text of that machine's VMCOREINFO), or --vmlinux FILE with"
            + " --arch-option phys_base=N and --arch-option kaslr_offset=N");
  }

  private List<Candidate> symbolCandidates() {
    for (String name : ROOT_NAMES) {
      OptionalLong symbol = facts.symbol(name);
      if (symbol.isPresent()) {
        long offset = symbol.getAsLong() - START_KERNEL_MAP;
        return facts.physBases().stream()
            .map(
                base ->
                    new Candidate(
                        offset + base.value(),
                        Optional.of(base),
                        "%s with phys_base from %s".formatted(name, base.source())))
            .toList();
      }
    }
    return List.of();
  }

  private List<Candidate> registerCandidates() {
    List<Candidate> candidates = new ArrayList<>();
    machine.cpus().stream()
        .filter(cpu -> cpu.pageTableRoot().isPresent())
        .sorted(Comparator.comparing(CpuState::userMode))
        .forEach(
            cpu -> {
              long root = tables(cpu.pageTableRoot().getAsLong()).root();
              String source = "CR3 of CPU " + cpu.index();
              candidates.add(new Candidate(root & ~PTI_USER_TABLE, Optional.empty(), source));
              if ((root & PTI_USER_TABLE) != 0) {
                // Without page-table isolation the bit is one of the address.
                candidates.add(new Candidate(root, Optional.empty(), source));
              }
            });
    return candidates;
  }

  /**
   * The table that a register points at is that of whatever process ran. Until 5.8 its entries for
   * vmalloc are filled in when that process first uses them (commit 7f0a002b5a21, "x86/mm: remove
   * vmalloc faulting"); the kernel's own table has them all, and where its name is known, the
   * process's leads there.
   */
  private Candidate kernelsOwn(Candidate found) {
    if (found.physBase().isPresent()) {
      return found;
    }
    RadixPageTable tables = tables(found.root());
    for (String name : ROOT_NAMES) {
      OptionalLong symbol = facts.symbol(name);
      if (symbol.isPresent()
          && tables.translate(symbol.getAsLong()) instanceof Translation.Mapped mapped) {
        String source = "%s through %s".formatted(name, found.source());
        Candidate own = new Candidate(mapped.physicalAddress(), Optional.empty(), source);
        return judge(own) == Verdict.MAPS_THE_KERNEL ? own : found;
      }
    }
    return found;
  }

  private Verdict judge(Candidate candidate) {
    RadixPageTable tables = tables(candidate.root());
    OptionalLong stext = facts.symbol("_stext");
    if (stext.isEmpty() && firstImagePage(tables).isPresent()) {
      return Verdict.MAPS_THE_KERNEL;
    }
    long probe = stext.orElse(START_KERNEL_MAP);
    Translation found = tables.translate(probe);
    if (found instanceof Translation.Mapped mapped) {
      long told = mapped.physicalAddress() - (probe - START_KERNEL_MAP);
      return candidate.physBase().map(base -> base.value() == told).orElse(true)
          ? Verdict.MAPS_THE_KERNEL
          : Verdict.WRONG;
    }
    return found instanceof Fault.TableUnreadable
            && candidate.physBase().map(X86Facts.PhysBase::trusted).orElse(true)
        ? Verdict.TABLES_MISSING
        : Verdict.WRONG;
  }

  /** The lowest address that the kernel image is mapped at: its start, as the rest is unmapped. */
  private static OptionalLong firstImagePage(RadixPageTable tables) {
    for (long at = 0; at < MAX_IMAGE_SIZE; at += IMAGE_ALIGNMENT) {
      if (tables.translate(START_KERNEL_MAP + at) instanceof Translation.Mapped) {
        return OptionalLong.of(START_KERNEL_MAP + at);
      }
    }
    return OptionalLong.empty();
  }

  private KernelSpace spaceOfLostRoot(Candidate lost) {
    Optional<LinearMap.Region> image = image(lost);
    OptionalLong pageOffset = PageOffset.fromListHeads(physical);
    if (isReadable(lost.root()) || image.isEmpty() || pageOffset.isEmpty()) {
      return space(lost, tables(lost.root()), false);
    }
    facts.use("lost root", lost.root(), lost.source());
    RadixPageTable tables = tables(lost.root());
    OptionalLong root =
        RootScan.find(physical, image.get(), pageOffset.getAsLong(), (X86Paging) tables.format());
    if (root.isEmpty()) {
      return space(lost, tables, false);
    }
    Candidate process =
        new Candidate(root.getAsLong(), lost.physBase(), "the table of a process, found by a scan");
    // That process's own half is not the kernel's.
    return space(process, tables(process.root()).withUserRoot(lost.root()), false);
  }

  private RadixPageTable tables(long root) {
    return X86Paging.kernel(physical, facts.levels(), facts.encryption(), root);
  }

  private Optional<LinearMap.Region> image(Candidate candidate) {
    return candidate.physBase().flatMap(base -> facts.image(base.value()));
  }

  private boolean isReadable(long root) {
    return physical.read(root, new byte[Long.BYTES], 0, Long.BYTES).isComplete();
  }

  /**
   * @param whole whether the dump has all page tables, as far as is known
   */
  private KernelSpace space(Candidate found, RadixPageTable tables, boolean whole) {
    facts.use("page table root", tables.root(), found.source());
    OptionalLong kaslrOffset = facts.kaslrOffset();
    if (found.physBase().isPresent()) {
      facts.use("phys_base", found.physBase().get().value(), found.physBase().get().source());
    } else {
      OptionalLong image = firstImagePage(tables);
      if (image.isPresent()
          && tables.translate(image.getAsLong()) instanceof Translation.Mapped mapped) {
        long offset = image.getAsLong() - START_KERNEL_MAP;
        facts.use("phys_base", mapped.physicalAddress() - offset, BY_TABLES);
        OptionalLong text = machine.linkAddress().apply("_text");
        if (kaslrOffset.isEmpty() && text.isPresent()) {
          kaslrOffset = OptionalLong.of(image.getAsLong() - text.getAsLong());
          facts.use("KASLR offset", kaslrOffset.getAsLong(), BY_TABLES);
        }
      }
    }
    List<LinearMap.Region> regions = new ArrayList<>();
    image(found).ifPresent(regions::add);
    regions.addAll(directMap(tables, whole));
    RadixPageTable complete = tables.withLinear(new LinearMap(regions));
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, complete),
        complete.root(),
        kaslrOffset,
        facts.used());
  }

  /**
   * The kernel's map of all memory. Where it is not in PT_LOADs it is worked out for dumps alone
   * that may lack page tables: its end takes a look at the dump's whole index.
   */
  private List<LinearMap.Region> directMap(RadixPageTable tables, boolean whole) {
    List<LinearMap.Region> segments = facts.directMapSegments();
    OptionalLong pageOffset = PageOffset.fromTables(physical, tables);
    String source = BY_TABLES;
    if (pageOffset.isEmpty() && segments.isEmpty() && !whole) {
      pageOffset = PageOffset.fromListHeads(physical);
      source = "empty lists in memory, which point at themselves";
    }
    if (pageOffset.isPresent()) {
      facts.use("page_offset_base", pageOffset.getAsLong(), source);
    }
    if (pageOffset.isEmpty() || !segments.isEmpty() || whole) {
      return segments;
    }
    long[] end = {0};
    physical.forEachRange((start, length, presence) -> end[0] = start + length);
    return List.of(
        new LinearMap.Region("direct map", pageOffset.getAsLong(), 0, end[0], "page_offset_base"));
  }
}
