package org.vmcore.arch.arm;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
 * Finds the kernel's page tables, their format, {@code PAGE_OFFSET} and {@code PHYS_OFFSET}, of
 * which VMCOREINFO tells the first two (Linux arch/arm/kernel/machine_kexec.c).
 *
 * <p>The root is {@code swapper_pg_dir}, just below the kernel image; memory is mapped in order
 * from PAGE_OFFSET on, where the RAM begins. What maps it so, is believed.
 */
final class KernelSpaceFinder {
  /** The values of {@code CONFIG_PAGE_OFFSET} (Linux arch/arm/Kconfig), the usual first. */
  private static final long[] PAGE_OFFSETS = {
    0xc000_0000L, 0xb000_0000L, 0x8000_0000L, 0x4000_0000L
  };

  /** All of these are multiples of it, and the image starts in the first. */
  private static final long SPLIT = 1 << 28;

  /** {@code PAGE_OFFSET - MODULES_VADDR} (arch/arm/include/asm/memory.h), or twice as much. */
  private static final long MODULES = 16 << 20;

  /**
   * {@code swapper_pg_dir - PAGE_OFFSET}: {@code PG_DIR_SIZE} before the usual TEXT_OFFSET of
   * 0x8000 (arch/arm/kernel/head.S).
   */
  private static final long SHORT_ROOT = 0x4000;

  private static final long LONG_ROOT = 0x3000;

  /** RAM begins at a multiple of it (arch/arm/Kconfig, ARM_PATCH_PHYS_VIRT). */
  private static final long RAM_ALIGNMENT = 2 << 20;

  /** Pieces of memory whose start is tried. */
  private static final int MAX_RANGES = 64;

  /** Low memory that is mapped whatever the kernel took out of its map. */
  private static final long[] PROBES = {0x20_0000, 0x40_0000, 0x80_0000, 0x100_0000};

  private static final String SWAPPER = "swapper_pg_dir";
  private static final String BY_TABLES = "the page tables";

  private final Machine machine;
  private final PhysicalMemory physical;
  private final MachineFacts facts;
  private final Optional<Told<Boolean>> lpae;
  private final OptionalLong slide;

  /** A fact and who says so. */
  private record Told<T>(T value, String source) {}

  /**
   * A place that may hold the root.
   *
   * @param swapper virtual address of {@code swapper_pg_dir}
   */
  private record Candidate(boolean lpae, Told<Long> swapper, Told<Long> physOffset) {
    long pageOffset() {
      return swapper.value() & -SPLIT;
    }

    long root() {
      return swapper.value() - pageOffset() + physOffset.value();
    }
  }

  /**
   * @throws MissingFactException when the user gave an option that does not parse
   */
  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.facts = new MachineFacts(machine);
    this.lpae = findLpae();
    this.slide = facts.useKaslrOffset();
  }

  static long pageOffset(long firstKernelAddress) {
    return firstKernelAddress + MODULES;
  }

  private Optional<Told<Boolean>> findLpae() throws MissingFactException {
    OptionalLong given = facts.option("lpae");
    if (given.isPresent()) {
      return Optional.of(new Told<>(given.getAsLong() != 0, OPTION));
    }
    return machine
        .vmcoreinfo()
        .map(info -> info.value("CONFIG_ARM_LPAE").filter("y"::equals).isPresent())
        .map(enabled -> new Told<>(enabled, VMCOREINFO));
  }

  KernelSpace find() throws MissingFactException {
    List<Candidate> candidates = candidates();
    // The others than the first are guesses, of which a missing table is no sign.
    return space(
        RootSearch.firstThatMaps(
                candidates,
                this::mapsTheKernel,
                candidate -> candidate.equals(candidates.get(0)) && isLost(candidate))
            .orElseThrow(() -> missing(candidates))
            .candidate());
  }

  private static MissingFactException missing(List<Candidate> tried) {
    return RootSearch.missing(
        "no swapper_pg_dir maps the kernel, with RAM from "
            + tried.stream()
                .map(candidate -> "%#x".formatted(candidate.physOffset().value()))
                .distinct()
                .toList(),
        "--vmcoreinfo FILE (the text of that machine's VMCOREINFO) or --vmlinux FILE, and"
            + " --arch-option phys_base=N (where RAM begins) and lpae=0 or 1 where these are"
            + " unusual");
  }

  private List<Candidate> candidates() throws MissingFactException {
    List<Candidate> candidates = new ArrayList<>();
    for (boolean format : lpae.map(told -> List.of(told.value())).orElse(List.of(false, true))) {
      for (Told<Long> swapper : swappers(format)) {
        for (Told<Long> physOffset : physOffsets(swapper.value() & -SPLIT)) {
          candidates.add(new Candidate(format, swapper, physOffset));
        }
      }
    }
    return candidates;
  }

  private List<Told<Long>> swappers(boolean format) {
    // The kernel runs where it was linked unless the user says otherwise.
    OptionalLong symbol = facts.symbol(SWAPPER, OptionalLong.of(slide.orElse(0)));
    if (symbol.isPresent()) {
      return List.of(new Told<>(symbol.getAsLong(), SWAPPER));
    }
    List<Told<Long>> usual = new ArrayList<>();
    for (long pageOffset : PAGE_OFFSETS) {
      usual.add(
          new Told<>(
              pageOffset + (format ? LONG_ROOT : SHORT_ROOT), "the usual place of " + SWAPPER));
    }
    return usual;
  }

  private List<Told<Long>> physOffsets(long pageOffset) throws MissingFactException {
    OptionalLong given = facts.option("phys_base");
    if (given.isPresent()) {
      return List.of(new Told<>(given.getAsLong(), OPTION));
    }
    List<Told<Long>> offsets = new ArrayList<>();
    // The first is of low memory, which others may run past with a false p_vaddr.
    machine.dump().segments().stream()
        .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
        .filter(segment -> segment.virtualAddress() >= pageOffset)
        .findFirst()
        .map(segment -> segment.physicalAddress() - (segment.virtualAddress() - pageOffset))
        .ifPresent(start -> offsets.add(new Told<>(start, "the first PT_LOAD")));
    List<Long> starts = new ArrayList<>();
    physical.forEachRange(
        (start, length, presence) -> {
          long aligned = start & -RAM_ALIGNMENT;
          if (starts.size() < MAX_RANGES && !starts.contains(aligned)) {
            starts.add(aligned);
          }
        });
    for (long start : starts) {
      offsets.add(new Told<>(start, BY_TABLES));
    }
    return offsets;
  }

  private RadixPageTable tables(Candidate candidate) {
    long firstKernelAddress = candidate.pageOffset() - MODULES;
    Format format =
        candidate.lpae()
            ? new LongDescriptors(machine.dump().info().byteOrder(), firstKernelAddress)
            : new ShortDescriptors(physical, machine.dump().info().byteOrder(), firstKernelAddress);
    return RadixPageTable.kernel(physical, format, candidate.root());
  }

  private boolean mapsTheKernel(Candidate candidate) {
    RadixPageTable tables = tables(candidate);
    int mapped = 0;
    for (long address : PROBES) {
      if (tables.translate(candidate.pageOffset() + address) instanceof Translation.Mapped found) {
        if (found.physicalAddress() != candidate.physOffset().value() + address) {
          return false;
        }
        mapped++;
      }
    }
    return mapped > 1;
  }

  /** Whether a candidate is only not confirmed because its table is missing from the dump. */
  private boolean isLost(Candidate candidate) {
    return candidate.swapper().source().equals(SWAPPER)
        && !candidate.physOffset().source().equals(BY_TABLES)
        && !physical.read(candidate.root(), new byte[1], 0, 1).isComplete();
  }

  private KernelSpace space(Candidate found) {
    RadixPageTable tables = tables(found);
    facts.use(
        "paging",
        found.lpae() ? "LPAE" : "short descriptors",
        lpae.map(Told::source).orElse(BY_TABLES));
    facts.use("PAGE_OFFSET", found.pageOffset(), found.swapper().source());
    facts.use("PHYS_OFFSET", found.physOffset().value(), found.physOffset().source());
    facts.use("page table root", tables.root(), found.swapper().source());
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, tables.withLinear(image(found))),
        tables.root(),
        // Linux has no KASLR here.
        OptionalLong.of(slide.orElse(0)),
        facts.used());
  }

  /** Low memory as far as VMCOREINFO's symbols show that the kernel reaches. */
  private LinearMap image(Candidate found) {
    long start = found.pageOffset();
    OptionalLong last = facts.highestSymbol(start, (1L << 32) - start);
    if (last.isEmpty()) {
      return LinearMap.NONE;
    }
    return new LinearMap(
        List.of(
            new LinearMap.Region(
                "low memory",
                start,
                found.physOffset().value(),
                last.getAsLong() - start + 1,
                "PHYS_OFFSET")));
  }
}
