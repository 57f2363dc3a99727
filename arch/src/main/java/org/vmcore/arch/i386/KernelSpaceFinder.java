package org.vmcore.arch.i386;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RootSearch;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.RadixPageTable.Format;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds the kernel's page tables, their format and {@code PAGE_OFFSET}, of which VMCOREINFO tells
 * the first two at most (Linux arch/x86/kernel/crash_core_32.c).
 *
 * <p>The root is {@code swapper_pg_dir}, physical memory being mapped in order from PAGE_OFFSET on,
 * or CR3 of a QEMU note. PAGE_OFFSET is one of the few that the kernel can be configured for. What
 * maps low memory in order there, is believed.
 */
final class KernelSpaceFinder {
  /** The values of {@code CONFIG_PAGE_OFFSET} (Linux arch/x86/Kconfig), the usual first. */
  private static final long[] PAGE_OFFSETS = {
    0xc000_0000L, 0xb000_0000L, 0x8000_0000L, 0x7800_0000L, 0x4000_0000L
  };

  private static final String PAGE_OFFSET = "PAGE_OFFSET";
  private static final String SWAPPER = "swapper_pg_dir";

  /** CR4.PAE (Intel SDM vol. 3A, 2.5). */
  private static final long CR4_PAE = 1 << 5;

  /** {@code PTI_USER_PGTABLE_BIT} of CR3: the user's table follows the kernel's in memory. */
  private static final long PTI_USER_TABLE = 1 << 12;

  /** Low memory that is mapped whatever the kernel took out of its map. */
  private static final long[] PROBES = {0x10_0000, 0x40_0000, 0x80_0000, 0x100_0000};

  private final Machine machine;
  private final PhysicalMemory physical;
  private final MachineFacts facts;
  private final Optional<Told<Boolean>> pae;
  private final OptionalLong slide;

  /** A fact and who says so. */
  private record Told<T>(T value, String source) {}

  /**
   * A place that may hold the root.
   *
   * @param symbol whether that is known by a symbol, which then is right too
   */
  private record Candidate(
      long root, boolean pae, Told<Long> pageOffset, boolean symbol, String source) {
    Format format() {
      return pae ? new PaePaging(start()) : new TwoLevelPaging(start());
    }

    long start() {
      return pageOffset.value();
    }
  }

  /**
   * @throws MissingFactException when the user gave an option that does not parse
   */
  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.facts = new MachineFacts(machine);
    this.pae = findPae();
    // Not always by KASLR: a relocatable kernel runs wherever it was loaded.
    this.slide = facts.useKaslrOffset();
  }

  private Optional<Told<Boolean>> findPae() throws MissingFactException {
    OptionalLong given = facts.option("pae");
    if (given.isPresent()) {
      return Optional.of(new Told<>(given.getAsLong() != 0, OPTION));
    }
    if (machine.vmcoreinfo().isPresent()) {
      boolean enabled =
          machine.vmcoreinfo().get().value("CONFIG_X86_PAE").filter("y"::equals).isPresent();
      return Optional.of(new Told<>(enabled, VMCOREINFO));
    }
    return machine.cpus().stream()
        .filter(cpu -> cpu.registers().value("cr4").isPresent())
        .findFirst()
        .map(
            cpu ->
                new Told<>(
                    (cpu.registers().value("cr4").getAsLong() & CR4_PAE) != 0,
                    "CR4 of CPU " + cpu.index()));
  }

  KernelSpace find() throws MissingFactException {
    List<Candidate> candidates = new ArrayList<>();
    for (boolean format : formats()) {
      for (Told<Long> offset : pageOffsets()) {
        candidates.addAll(candidates(format, offset));
      }
    }
    // The kernel image is low in memory, so the first of the possible offsets is the right one.
    Optional<Candidate> bySymbol = candidates.stream().filter(Candidate::symbol).findFirst();
    return space(
        RootSearch.firstThatMaps(
                candidates,
                this::mapsTheKernel,
                candidate -> bySymbol.filter(candidate::equals).isPresent() && isLost(candidate))
            .orElseThrow(() -> missing(candidates))
            .candidate());
  }

  private static MissingFactException missing(List<Candidate> tried) {
    return RootSearch.missing(
        tried.isEmpty()
            ? "nothing tells swapper_pg_dir, and no QEMU note has CR3"
            : RootSearch.notMappedBy(tried.stream().map(Candidate::source).toList()),
        "--vmcoreinfo FILE (the text of that machine's VMCOREINFO), or --vmlinux FILE with"
            + " --arch-option kaslr_offset=N, and --arch-option page_offset=N and pae=0 or 1 where"
            + " these are unusual");
  }

  /** The one that was told, else both. */
  private List<Boolean> formats() {
    return pae.map(told -> List.of(told.value())).orElse(List.of(true, false));
  }

  private List<Told<Long>> pageOffsets() throws MissingFactException {
    OptionalLong given = facts.option("page_offset");
    if (given.isPresent()) {
      return List.of(new Told<>(given.getAsLong(), OPTION));
    }
    List<Told<Long>> offsets = new ArrayList<>();
    // The first is of low memory, which others may run past with a false p_vaddr.
    machine.dump().segments().stream()
        .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
        .findFirst()
        .map(segment -> segment.virtualAddress() - segment.physicalAddress())
        .filter(offset -> offset > 0 && offset >>> 32 == 0)
        .ifPresent(offset -> offsets.add(new Told<>(offset, "the first PT_LOAD")));
    for (long offset : PAGE_OFFSETS) {
      offsets.add(new Told<>(offset, "the page tables"));
    }
    return offsets;
  }

  private List<Candidate> candidates(boolean format, Told<Long> pageOffset) {
    List<Candidate> candidates = new ArrayList<>();
    // As if not moved where that is not known: the page tables will tell.
    OptionalLong swapper = facts.symbol(SWAPPER, OptionalLong.of(slide.orElse(0)));
    if (swapper.isPresent() && swapper.getAsLong() >= pageOffset.value()) {
      long root = swapper.getAsLong() - pageOffset.value();
      candidates.add(
          new Candidate(root, format, pageOffset, true, SWAPPER + " less " + PAGE_OFFSET));
    }
    machine.cpus().stream()
        .filter(cpu -> cpu.pageTableRoot().isPresent())
        .sorted(Comparator.comparing(CpuState::userMode))
        .forEach(
            cpu -> {
              long cr3 = cpu.pageTableRoot().getAsLong();
              String source = "CR3 of CPU " + cpu.index();
              candidates.add(
                  new Candidate(cr3 & ~PTI_USER_TABLE, format, pageOffset, false, source));
              candidates.add(new Candidate(cr3, format, pageOffset, false, source));
            });
    return candidates;
  }

  private boolean mapsTheKernel(Candidate candidate) {
    RadixPageTable tables = RadixPageTable.kernel(physical, candidate.format(), candidate.root());
    int mapped = 0;
    for (long address : PROBES) {
      if (tables.translate(candidate.start() + address) instanceof Translation.Mapped found) {
        if (found.physicalAddress() != address) {
          return false;
        }
        mapped++;
      }
    }
    return mapped > 1;
  }

  /** Whether a candidate is only not confirmed because its table is missing from the dump. */
  private boolean isLost(Candidate candidate) {
    return !physical.read(candidate.root(), new byte[1], 0, 1).isComplete();
  }

  private KernelSpace space(Candidate found) {
    RadixPageTable tables = RadixPageTable.kernel(physical, found.format(), found.root());
    facts.use(
        "paging",
        found.pae() ? "PAE" : "two levels",
        pae.map(Told::source).orElse("the page tables"));
    facts.use(PAGE_OFFSET, found.start(), found.pageOffset().source());
    facts.use("page table root", tables.root(), found.source());
    OptionalLong kaslrOffset = slide;
    if (kaslrOffset.isEmpty() && found.symbol() && facts.symbol(SWAPPER).isEmpty()) {
      // Link-time addresses led to the right table.
      kaslrOffset = OptionalLong.of(0);
      facts.use("KASLR offset", 0, "vmlinux");
    }
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, tables.withLinear(image(found.start()))),
        tables.root(),
        kaslrOffset,
        facts.used());
  }

  /** Low memory as far as VMCOREINFO's symbols show that the kernel reaches. */
  private LinearMap image(long pageOffset) {
    OptionalLong last = facts.highestSymbol(pageOffset, (1L << 32) - pageOffset);
    if (last.isEmpty()) {
      return LinearMap.NONE;
    }
    return new LinearMap(
        List.of(
            new LinearMap.Region(
                "low memory", pageOffset, 0, last.getAsLong() - pageOffset + 1, PAGE_OFFSET)));
  }
}
