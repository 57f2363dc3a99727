package org.vmcore.arch.x86_64;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.Fault;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.KernelSpace.Fact;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.Translation;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.PhysicalMemory;
import org.vmcore.dumpreader.Segment;
import org.vmcore.dumpreader.Vmcoreinfo;

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
  /** {@code __START_KERNEL_map}: {@code phys_base} is where it would be in physical memory. */
  static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;

  /** {@code KERNEL_IMAGE_SIZE} with KASLR; modules come above it. */
  static final long MAX_IMAGE_SIZE = 1L << 30;

  /** Linux aligns the image to this, and maps it with pages of this size. */
  private static final long IMAGE_ALIGNMENT = 2 << 20;

  /** CR4.LA57 (Intel SDM vol. 3A, 2.5). */
  private static final long CR4_LA57 = 1 << 12;

  /** {@code PTI_USER_PGTABLE_BIT} of CR3: the user's table follows the kernel's in memory. */
  private static final long PTI_USER_TABLE = 1 << 12;

  private static final String VMCOREINFO = "VMCOREINFO";
  private static final String OPTION = "--arch-option";

  private final Machine machine;
  private final PhysicalMemory physical;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final List<Fact> facts = new ArrayList<>();
  private final int levels;
  private final long encryption;
  private final OptionalLong kaslrOffset;

  /** A place that may hold the root, and the {@code phys_base} it was told with. */
  private record Candidate(long root, OptionalLong physBase, String source) {}

  private record PhysBase(long value, String source) {}

  private enum Verdict {
    MAPS_THE_KERNEL,
    TABLES_MISSING,
    WRONG
  }

  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.vmcoreinfo = machine.vmcoreinfo();
    this.levels = findLevels();
    this.encryption = findEncryption();
    this.kaslrOffset = findKaslrOffset();
  }

  KernelSpace find() throws MissingFactException {
    List<Candidate> lost = new ArrayList<>();
    List<Candidate> candidates = new ArrayList<>(symbolCandidates());
    candidates.addAll(registerCandidates());
    for (Candidate candidate : candidates) {
      Verdict verdict = judge(candidate);
      if (verdict == Verdict.MAPS_THE_KERNEL) {
        return space(candidate);
      }
      if (verdict == Verdict.TABLES_MISSING) {
        lost.add(candidate);
      } else {
        facts.add(
            new Fact("no root", hex(candidate.root()), candidate.source() + ": maps no kernel"));
      }
    }
    for (Candidate candidate : lost) {
      if (!isReadable(candidate.root())) {
        facts.add(new Fact("lost root", hex(candidate.root()), candidate.source()));
        Optional<Candidate> other = scan(candidate);
        if (other.isPresent()) {
          return space(other.get());
        }
      }
    }
    if (!lost.isEmpty()) {
      return space(lost.get(0));
    }
    throw new MissingFactException(missing(candidates));
  }

  private String missing(List<Candidate> tried) {
    String why =
        tried.isEmpty()
            ? (vmcoreinfo.isPresent()
                ? "the VMCOREINFO has no swapper_pg_dir or nothing tells phys_base"
                : "the dump has neither VMCOREINFO nor a QEMU note with CR3")
            : "none of %s maps the kernel"
                .formatted(tried.stream().map(Candidate::source).toList());
    return "cannot find the kernel's page tables: "
        + why
        + "; give --vmcoreinfo FILE (the text of the machine's VMCOREINFO), or --vmlinux FILE with "
        + OPTION
        + " phys_base=N and "
        + OPTION
        + " kaslr_offset=N";
  }

  private int findLevels() {
    OptionalLong enabled = number("pgtable_l5_enabled");
    if (enabled.isPresent()) {
      int found = enabled.getAsLong() != 0 ? 5 : 4;
      facts.add(new Fact("page table levels", "" + found, VMCOREINFO));
      return found;
    }
    for (CpuState cpu : machine.cpus()) {
      OptionalLong cr4 = cpu.registers().value("cr4");
      if (cr4.isPresent()) {
        int found = (cr4.getAsLong() & CR4_LA57) != 0 ? 5 : 4;
        facts.add(new Fact("page table levels", "" + found, "CR4 of CPU " + cpu.index()));
        return found;
      }
    }
    facts.add(new Fact("page table levels", "4", "nothing says 5"));
    return 4;
  }

  private long findEncryption() {
    long mask = number("sme_mask").orElse(0);
    if (mask != 0) {
      facts.add(new Fact("sme_mask", hex(mask), VMCOREINFO));
    }
    return mask;
  }

  private OptionalLong findKaslrOffset() throws MissingFactException {
    OptionalLong offset = option("kaslr_offset");
    String source = OPTION;
    if (offset.isEmpty()) {
      offset = vmcoreinfo.map(Vmcoreinfo::kernelOffset).orElse(OptionalLong.empty());
      source = VMCOREINFO;
    }
    OptionalLong stext = vmcoreinfoSymbol("_stext");
    OptionalLong linked = machine.linkAddress().apply("_stext");
    if (offset.isEmpty() && stext.isPresent() && linked.isPresent()) {
      offset = OptionalLong.of(stext.getAsLong() - linked.getAsLong());
      source = "_stext of VMCOREINFO and vmlinux";
    }
    if (offset.isPresent()) {
      facts.add(new Fact("KASLR offset", hex(offset.getAsLong()), source));
    }
    return offset;
  }

  private List<PhysBase> physBases() throws MissingFactException {
    List<PhysBase> found = new ArrayList<>();
    option("phys_base").ifPresent(value -> found.add(new PhysBase(value, OPTION)));
    number("phys_base").ifPresent(value -> found.add(new PhysBase(value, VMCOREINFO)));
    imageSegment()
        .ifPresent(
            image ->
                found.add(
                    new PhysBase(
                        image.physicalAddress() - (image.virtualAddress() - START_KERNEL_MAP),
                        "PT_LOAD of the kernel image")));
    machine
        .dump()
        .info()
        .physBase()
        .ifPresent(value -> found.add(new PhysBase(value, "kdump sub-header")));
    return found;
  }

  /** The kernel image's PT_LOAD, which QEMU's dumps without paging do not have. */
  private Optional<Segment> imageSegment() {
    return machine.dump().segments().stream()
        .filter(segment -> isImage(segment.virtualAddress()))
        .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
        .findFirst();
  }

  private static boolean isImage(long virtualAddress) {
    return Long.compareUnsigned(virtualAddress - START_KERNEL_MAP, MAX_IMAGE_SIZE) < 0;
  }

  private List<Candidate> symbolCandidates() throws MissingFactException {
    // The names of one table: init_level4_pgt became init_top_pgt with 5-level paging, and
    // swapper_pg_dir is a macro for either (Linux arch/x86/include/asm/pgtable_64.h).
    for (String name : List.of("swapper_pg_dir", "init_top_pgt", "init_level4_pgt")) {
      OptionalLong symbol = symbol(name);
      if (symbol.isPresent()) {
        List<Candidate> candidates = new ArrayList<>();
        for (PhysBase base : physBases()) {
          candidates.add(
              new Candidate(
                  symbol.getAsLong() - START_KERNEL_MAP + base.value(),
                  OptionalLong.of(base.value()),
                  name + " and phys_base of " + base.source()));
        }
        return candidates;
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
              long cr3 = cpu.pageTableRoot().getAsLong() & Entry.ADDRESS & ~encryption;
              String source = "CR3 of CPU " + cpu.index();
              // Without page-table isolation the bit is one of the address.
              candidates.add(new Candidate(cr3 & ~PTI_USER_TABLE, OptionalLong.empty(), source));
              if ((cr3 & PTI_USER_TABLE) != 0) {
                candidates.add(new Candidate(cr3, OptionalLong.empty(), source));
              }
            });
    return candidates;
  }

  private Verdict judge(Candidate candidate) {
    X86PageTable tables = tables(candidate.root());
    OptionalLong stext = symbol("_stext");
    if (stext.isPresent()) {
      Translation found = tables.translate(stext.getAsLong());
      if (found instanceof Translation.Mapped mapped) {
        OptionalLong base = candidate.physBase();
        boolean right =
            base.isEmpty()
                || mapped.physicalAddress()
                    == stext.getAsLong() - START_KERNEL_MAP + base.getAsLong();
        return right ? Verdict.MAPS_THE_KERNEL : Verdict.WRONG;
      }
      return found instanceof Fault.TableUnreadable ? Verdict.TABLES_MISSING : Verdict.WRONG;
    }
    if (firstImagePage(tables).isPresent()) {
      return Verdict.MAPS_THE_KERNEL;
    }
    return tables.translate(START_KERNEL_MAP) instanceof Fault.TableUnreadable
        ? Verdict.TABLES_MISSING
        : Verdict.WRONG;
  }

  /** The lowest address that the kernel image is mapped at: its start, as the rest is unmapped. */
  private static OptionalLong firstImagePage(X86PageTable tables) {
    for (long at = 0; at < MAX_IMAGE_SIZE; at += IMAGE_ALIGNMENT) {
      if (tables.translate(START_KERNEL_MAP + at) instanceof Translation.Mapped) {
        return OptionalLong.of(START_KERNEL_MAP + at);
      }
    }
    return OptionalLong.empty();
  }

  private Optional<Candidate> scan(Candidate lost) {
    Optional<LinearMap.Region> image = image(lost);
    OptionalLong pageOffset = PageOffset.fromListHeads(physical);
    if (image.isEmpty() || pageOffset.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong root =
        RootScan.find(physical, image.get(), pageOffset.getAsLong(), tables(lost.root()));
    return root.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Candidate(
                root.getAsLong(), lost.physBase(), "the table of a process, found by a scan"));
  }

  private X86PageTable tables(long root) {
    return X86PageTable.kernel(physical, levels, encryption, root, LinearMap.NONE);
  }

  private boolean isReadable(long root) {
    return physical.read(root, new byte[Long.BYTES], 0, Long.BYTES).isComplete();
  }

  private KernelSpace space(Candidate found) {
    facts.add(new Fact("page table root", hex(found.root()), found.source()));
    X86PageTable tables = tables(found.root());
    OptionalLong offset = kaslrOffset;
    if (found.physBase().isPresent()) {
      facts.add(new Fact("phys_base", hex(found.physBase().getAsLong()), found.source()));
    } else {
      OptionalLong image = firstImagePage(tables);
      if (image.isPresent()
          && tables.translate(image.getAsLong()) instanceof Translation.Mapped mapped) {
        long start = image.getAsLong();
        long physBase = mapped.physicalAddress() - (start - START_KERNEL_MAP);
        facts.add(new Fact("phys_base", hex(physBase), "the page tables"));
        OptionalLong text = machine.linkAddress().apply("_text");
        if (offset.isEmpty() && text.isPresent()) {
          offset = OptionalLong.of(start - text.getAsLong());
          facts.add(new Fact("KASLR offset", hex(offset.getAsLong()), "the page tables"));
        }
      }
    }
    List<LinearMap.Region> regions = new ArrayList<>();
    image(found).ifPresent(regions::add);
    regions.addAll(directMap(tables));
    X86PageTable complete = tables.withLinear(new LinearMap(regions));
    return new KernelSpace(
        physical, new VirtualMemory(physical, complete), complete.root(), offset, facts);
  }

  /** The kernel image, as far as is known that it reaches. */
  private Optional<LinearMap.Region> image(Candidate candidate) {
    OptionalLong stext = symbol("_stext");
    if (candidate.physBase().isEmpty() || stext.isEmpty()) {
      return Optional.empty();
    }
    long start = stext.getAsLong() & -IMAGE_ALIGNMENT;
    long last = start;
    for (String key : vmcoreinfo.map(info -> info.values().keySet()).orElse(Set.of())) {
      if (key.startsWith("SYMBOL(") && key.endsWith(")")) {
        long symbol = vmcoreinfoSymbol(key.substring(7, key.length() - 1)).orElse(0);
        if (isImage(symbol) && symbol > last) {
          last = symbol;
        }
      }
    }
    long end = (last & -IMAGE_ALIGNMENT) + IMAGE_ALIGNMENT;
    long physicalStart = start - START_KERNEL_MAP + candidate.physBase().getAsLong();
    return Optional.of(
        new LinearMap.Region("kernel image", start, physicalStart, end - start, "phys_base"));
  }

  /** The kernel's map of all memory, from the PT_LOADs or from the page tables themselves. */
  private List<LinearMap.Region> directMap(X86PageTable tables) {
    List<LinearMap.Region> segments =
        machine.dump().segments().stream()
            .filter(segment -> segment.virtualAddress() < START_KERNEL_MAP)
            .filter(segment -> segment.virtualAddress() < 0)
            .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
            .filter(segment -> segment.memorySize() > 0)
            .map(
                segment ->
                    new LinearMap.Region(
                        "direct map",
                        segment.virtualAddress(),
                        segment.physicalAddress(),
                        segment.memorySize(),
                        "its PT_LOAD"))
            .toList();
    OptionalLong pageOffset = PageOffset.fromTables(physical, tables);
    String source = "the page tables";
    if (pageOffset.isEmpty() && segments.isEmpty()) {
      pageOffset = PageOffset.fromListHeads(physical);
      source = "empty lists in memory, which point at themselves";
    }
    if (pageOffset.isPresent()) {
      facts.add(new Fact("page_offset_base", hex(pageOffset.getAsLong()), source));
    }
    if (pageOffset.isEmpty() || !segments.isEmpty()) {
      return segments;
    }
    long[] end = {0};
    physical.forEachRange((start, length, presence) -> end[0] = start + length);
    return List.of(
        new LinearMap.Region("direct map", pageOffset.getAsLong(), 0, end[0], "page_offset_base"));
  }

  /** A symbol's run-time address. */
  private OptionalLong symbol(String name) {
    OptionalLong told = vmcoreinfoSymbol(name);
    OptionalLong linked = machine.linkAddress().apply(name);
    if (told.isPresent() || linked.isEmpty() || kaslrOffset.isEmpty()) {
      return told;
    }
    return OptionalLong.of(linked.getAsLong() + kaslrOffset.getAsLong());
  }

  private OptionalLong vmcoreinfoSymbol(String name) {
    return vmcoreinfo.map(info -> info.symbol(name)).orElse(OptionalLong.empty());
  }

  private OptionalLong number(String name) {
    return vmcoreinfo.map(info -> info.number(name)).orElse(OptionalLong.empty());
  }

  private OptionalLong option(String name) throws MissingFactException {
    String value = machine.options().get(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(
          value.startsWith("0x")
              ? Long.parseUnsignedLong(value.substring(2), 16)
              : Long.parseLong(value));
    } catch (NumberFormatException e) {
      throw new MissingFactException(
          "%s %s=%s: not a number (decimal, or hexadecimal with 0x)"
              .formatted(OPTION, name, value));
    }
  }

  private static String hex(long value) {
    return "%#x".formatted(value);
  }
}
