package org.vmcore.arch.riscv64;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.Fault;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MachineFacts;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.PageWalk;
import org.vmcore.arch.RadixPageTable;
import org.vmcore.arch.Translation;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.arch.riscv64.RiscvFacts.ImageOffset;
import org.vmcore.arch.riscv64.RiscvFacts.ToldMode;
import org.vmcore.arch.riscv64.RiscvPaging.Mode;
import org.vmcore.dumpreader.PhysicalMemory;

/**
 * Finds the kernel's page tables and their mode.
 *
 * <p>The root is {@code swapper_pg_dir}, made physical by where the kernel image is. Each place
 * that tells that is tried in the order of trust, and each mode; what maps the kernel's text where
 * the image is, is believed. No table of one mode can be taken for one of another: the image is at
 * the end of the address space, and so in another entry of the root.
 */
final class KernelSpaceFinder {
  private static final String BY_TABLES = "the page tables";
  private static final String SWAPPER = "swapper_pg_dir";

  private final PhysicalMemory physical;
  private final MachineFacts facts;
  private final RiscvFacts layout;
  private final List<String> tried = new ArrayList<>();

  /**
   * A place that may hold the root.
   *
   * @param image physical address of the image's start, if it was told with that
   */
  private record Candidate(long root, OptionalLong image, String source) {}

  /**
   * A mode in which a candidate maps the image.
   *
   * @param virtualStart where
   */
  private record Match(Mode mode, long virtualStart) {}

  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.physical = machine.dump().memory();
    this.facts = new MachineFacts(machine);
    this.layout = new RiscvFacts(machine, facts);
  }

  KernelSpace find() throws MissingFactException {
    Optional<ToldMode> told = layout.mode();
    List<Candidate> candidates = new ArrayList<>();
    layout
        .satp()
        .ifPresent(
            satp ->
                candidates.add(new Candidate(satp, OptionalLong.empty(), "--arch-option satp")));
    candidates.addAll(candidates(layout.imageOffsets()));
    Optional<KernelSpace> space = firstMatch(candidates, told);
    if (space.isEmpty()) {
      candidates.addAll(candidates(layout.foundImageOffsets()));
      space = firstMatch(candidates, told);
    }
    if (space.isPresent()) {
      return space.get();
    }
    Optional<Candidate> lost = candidates.stream().filter(c -> isLost(c, told)).findFirst();
    if (lost.isPresent() && told.isPresent()) {
      return space(lost.get(), told.get().mode(), told.get().source(), layout.slide());
    }
    throw new MissingFactException(missing());
  }

  private List<Candidate> candidates(List<ImageOffset> offsets) {
    OptionalLong swapper = layout.symbol(SWAPPER);
    if (swapper.isEmpty()) {
      return List.of();
    }
    return offsets.stream()
        .map(
            offset ->
                new Candidate(
                    swapper.getAsLong() - offset.value(),
                    OptionalLong.of(layout.imageStart() - offset.value()),
                    SWAPPER + " with " + offset.source()))
        .toList();
  }

  private Optional<KernelSpace> firstMatch(List<Candidate> candidates, Optional<ToldMode> told) {
    for (Candidate candidate : candidates) {
      for (Mode mode : modes(told)) {
        Optional<Match> match = match(candidate, mode);
        if (match.isPresent()) {
          boolean asTold = told.map(ToldMode::mode).filter(mode::equals).isPresent();
          return Optional.of(
              space(
                  candidate,
                  mode,
                  asTold ? told.get().source() : BY_TABLES,
                  OptionalLong.of(match.get().virtualStart() - RiscvFacts.KERNEL_LINK_ADDRESS)));
        }
      }
      tried.add(candidate.source());
    }
    return Optional.empty();
  }

  /** The one that was told first, then the others. */
  private static List<Mode> modes(Optional<ToldMode> told) {
    List<Mode> modes = new ArrayList<>();
    told.ifPresent(t -> modes.add(t.mode()));
    for (Mode mode : Mode.values()) {
      if (!modes.contains(mode)) {
        modes.add(mode);
      }
    }
    return modes;
  }

  private Optional<Match> match(Candidate candidate, Mode mode) {
    RadixPageTable tables = tables(candidate, mode, false);
    long last = layout.slide().isPresent() ? 0 : RiscvFacts.MAX_KASLR_OFFSET;
    for (long moved = 0; moved <= last; moved += ImageHeader.ALIGNMENT) {
      long start = layout.imageStart() + moved;
      // The text and not the start-up code before it, which the kernel may unmap.
      long text = layout.symbol("_stext").orElse(layout.imageStart()) + moved;
      if (tables.translate(text) instanceof Translation.Mapped mapped) {
        long image = mapped.physicalAddress() - (text - start);
        return image == candidate.image().orElse(image)
            ? Optional.of(new Match(mode, start))
            : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Whether a candidate is only not confirmed because page tables are missing from the dump. */
  private boolean isLost(Candidate candidate, Optional<ToldMode> told) {
    return told.isPresent()
        && tables(candidate, told.get().mode(), false)
                .translate(layout.symbol("_stext").orElse(layout.imageStart()))
            instanceof Fault.TableUnreadable;
  }

  private RadixPageTable tables(Candidate candidate, Mode mode, boolean thead) {
    return RadixPageTable.kernel(physical, new RiscvPaging(mode, thead), candidate.root());
  }

  private KernelSpace space(Candidate candidate, Mode mode, String modeSource, OptionalLong slide) {
    long text =
        layout.symbol("_stext").orElse(layout.imageStart())
            + slide.orElse(0)
            - layout.slide().orElse(0);
    RadixPageTable tables =
        tables(candidate, mode, isThead(tables(candidate, mode, true).walk(text)));
    facts.use("paging", mode.text(), modeSource);
    facts.use("page table root", tables.root(), candidate.source());
    if (slide.isPresent() && layout.slide().isEmpty()) {
      facts.use("KASLR offset", slide.getAsLong(), BY_TABLES);
    }
    if (tables.translate(text) instanceof Translation.Mapped mapped) {
      facts.use("va_kernel_pa_offset", text - mapped.physicalAddress(), BY_TABLES);
    }
    facts
        .number("PAGE_OFFSET")
        .ifPresent(value -> facts.use("PAGE_OFFSET", value, MachineFacts.VMCOREINFO));
    facts
        .number("phys_ram_base")
        .ifPresent(value -> facts.use("phys_ram_base", value, MachineFacts.VMCOREINFO));
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, tables.withLinear(layout.linearMap())),
        tables.root(),
        slide,
        facts.used());
  }

  private static boolean isThead(PageWalk walk) {
    return walk.steps().stream()
        .anyMatch(step -> step.pageSize() > 0 && RiscvPaging.isThead(step.entry()));
  }

  private String missing() {
    String why;
    if (!tried.isEmpty()) {
      why = "the kernel is not mapped by " + tried.stream().distinct().toList();
    } else if (layout.symbol(SWAPPER).isEmpty()) {
      why = "nothing tells swapper_pg_dir";
    } else {
      why = "the kernel image is not in the dump";
    }
    return "cannot find the kernel's page tables: "
        + why
        + "; give --vmlinux FILE or --vmcoreinfo FILE (the text of that machine's VMCOREINFO),"
        + " and where that is not enough --arch-option va_kernel_pa_offset=N, or --arch-option"
        + " satp=N of any of its CPUs";
  }
}
