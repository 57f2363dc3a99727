package org.vmcore.arch.riscv64;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RootSearch;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.riscv64.RiscvFacts.ImageOffset;
import org.vmcore.arch.riscv64.RiscvFacts.ToldMode;
import org.vmcore.arch.riscv64.RiscvPaging.Mode;
import org.vmcore.dumpreader.api.PhysicalMemory;

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
   * A format in which a candidate maps the image.
   *
   * @param virtualStart where
   */
  private record Match(RiscvPaging format, long virtualStart) {}

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
                candidates.add(
                    new Candidate(satp.value(), OptionalLong.empty(), "satp of " + satp.source())));
    candidates.addAll(candidates(layout.imageOffsets()));
    Optional<KernelSpace> space = firstMatch(candidates, told);
    if (space.isEmpty()) {
      space = firstMatch(candidates(layout.foundImageOffsets()), told);
    }
    if (space.isEmpty() && told.isPresent()) {
      RiscvPaging format = new RiscvPaging(told.get().mode(), false);
      String source = told.get().source();
      space =
          candidates.stream()
              .filter(candidate -> isLost(candidate, format))
              .findFirst()
              .map(lost -> space(lost, format, source, layout.slide()));
    }
    return space.orElseThrow(this::missing);
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
      for (RiscvPaging format : formats(told)) {
        Optional<Match> match = match(candidate, format);
        if (match.isPresent()) {
          String source =
              told.filter(t -> t.mode() == format.mode()).map(ToldMode::source).orElse(BY_TABLES);
          long slide = match.get().virtualStart() - RiscvFacts.KERNEL_LINK_ADDRESS;
          return Optional.of(space(candidate, format, source, OptionalLong.of(slide)));
        }
      }
      tried.add(candidate.source());
    }
    return Optional.empty();
  }

  /**
   * The mode that was told first, then the others. What T-Head's first cores have in their entries
   * is wrong elsewhere, so that the ordinary format goes first.
   */
  private static List<RiscvPaging> formats(Optional<ToldMode> told) {
    List<Mode> modes = new ArrayList<>(List.of(Mode.values()));
    told.ifPresent(
        first -> {
          modes.remove(first.mode());
          modes.add(0, first.mode());
        });
    return modes.stream()
        .flatMap(mode -> Stream.of(new RiscvPaging(mode, false), new RiscvPaging(mode, true)))
        .toList();
  }

  private Optional<Match> match(Candidate candidate, RiscvPaging format) {
    RadixPageTable tables = tables(candidate, format);
    long last = layout.slide().isPresent() ? 0 : RiscvFacts.MAX_KASLR_OFFSET;
    for (long moved = 0; moved <= last; moved += RiscvFacts.IMAGE_ALIGNMENT) {
      long start = layout.imageStart() + moved;
      long text = text() + moved;
      if (tables.translate(text) instanceof Translation.Mapped mapped) {
        long image = mapped.physicalAddress() - (text - start);
        return image == candidate.image().orElse(image)
            ? Optional.of(new Match(format, start))
            : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The text and not the start-up code before it, which the kernel may unmap. */
  private long text() {
    return layout.symbol("_stext").orElse(layout.imageStart());
  }

  /** Whether a candidate is only not confirmed because page tables are missing from the dump. */
  private boolean isLost(Candidate candidate, RiscvPaging format) {
    return tables(candidate, format).translate(text()) instanceof Fault.TableUnreadable;
  }

  private RadixPageTable tables(Candidate candidate, RiscvPaging format) {
    return RadixPageTable.kernel(physical, format, candidate.root());
  }

  private KernelSpace space(
      Candidate candidate, RiscvPaging format, String modeSource, OptionalLong slide) {
    long text = text() + slide.orElse(0) - layout.slide().orElse(0);
    RadixPageTable tables = tables(candidate, format);
    facts.use("paging", format.mode().text(), modeSource);
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

  private MissingFactException missing() {
    String why;
    if (!tried.isEmpty()) {
      why = RootSearch.notMappedBy(tried);
    } else if (layout.symbol(SWAPPER).isEmpty()) {
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
