package org.vmcore.arch.s390x;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.RootSearch;
import org.vmcore.arch.api.RootSearch.Verdict;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds the kernel's address space. Candidates for its ASCE, in the order of trust; one is believed
 * when its tables map the kernel's text where it ought to be:
 *
 * <ol>
 *   <li>{@code --arch-option asce=N};
 *   <li>the symbol {@code swapper_pg_dir};
 *   <li>control register 13, the home space, of a CPU: the kernel's whatever the CPU ran.
 * </ol>
 *
 * <p>Up to Linux 6.9 the kernel's virtual addresses are real ones, wherever KASLR put the image.
 * Since commit c98d2ecae08f ("s390/mm: Uncouple physical vs virtual address spaces") the image and
 * the map of all memory have bases of their own, in KERNELOFFSET with KERNELOFFPHYS and in
 * IDENTITYBASE (arch/s390/include/asm/page.h, __pa_nodebug). Symbols of vmlinux are moved by
 * KERNELOFFSET in either case.
 */
final class S390KernelSpace {
  /** In the text and in the data of the image, which several page tables map. */
  private static final List<String> PROBES = List.of("_stext", "swapper_pg_dir", "init_uts_ns");

  /** {@code KERNEL_IMAGE_SIZE}, the most that an image may have. */
  private static final long MAX_IMAGE_SIZE = 512 << 20;

  private static final long SEGMENT_SIZE = 1 << 20;

  private final Machine machine;
  private final PhysicalMemory physical;
  private final MachineFacts facts;
  private OptionalLong kaslrOffset;
  private final OptionalLong kaslrOffsetPhys;
  private final long identityBase;

  /**
   * A place that may tell where the tables are.
   *
   * @param asce with type and length, or the table's bare address
   */
  private record Candidate(long asce, String source) {}

  S390KernelSpace(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.facts = new MachineFacts(machine);
    this.kaslrOffset = facts.useKaslrOffset();
    this.kaslrOffsetPhys = facts.hexadecimal("KERNELOFFPHYS");
    OptionalLong base = facts.hexadecimal("IDENTITYBASE");
    this.identityBase = base.orElse(0);
    if (kaslrOffsetPhys.isPresent()) {
      facts.use("kaslr_offset_phys", kaslrOffsetPhys.getAsLong(), VMCOREINFO);
    }
    if (base.isPresent()) {
      facts.use("identity_base", identityBase, VMCOREINFO);
    }
  }

  KernelSpace find() throws MissingFactException {
    List<Candidate> candidates = candidates();
    Candidate found =
        RootSearch.choose(
                candidates,
                candidate -> judge(tables(candidate)),
                wrong -> facts.use("no root", wrong.asce(), wrong.source() + ": maps no kernel"))
            .orElseThrow(() -> missing(candidates))
            .candidate();
    return space(found, tables(found));
  }

  private static MissingFactException missing(List<Candidate> tried) {
    return RootSearch.missing(
        tried.isEmpty()
            ? "the dump has neither VMCOREINFO nor a note with control registers"
            : RootSearch.notMappedBy(tried.stream().map(Candidate::source).toList()),
        "--vmcoreinfo FILE (the text of that machine's VMCOREINFO), or --arch-option asce=N (the"
            + " kernel's address-space-control element, control register 13)");
  }

  private List<Candidate> candidates() throws MissingFactException {
    List<Candidate> candidates = new ArrayList<>();
    facts.option("asce").ifPresent(asce -> candidates.add(new Candidate(asce, OPTION)));
    OptionalLong swapper = symbol("swapper_pg_dir");
    if (swapper.isPresent()) {
      candidates.add(new Candidate(toPhysical(swapper.getAsLong()), "swapper_pg_dir"));
    }
    for (CpuState cpu : machine.cpus()) {
      cpu.registers()
          .value("cr13")
          .ifPresent(
              asce ->
                  candidates.add(new Candidate(asce, "control register 13 of CPU " + cpu.index())));
    }
    return candidates;
  }

  /** A symbol's run-time address. */
  private OptionalLong symbol(String name) {
    return facts.symbol(name, kaslrOffset);
  }

  private long toPhysical(long virtualAddress) {
    long image = kaslrOffset.orElse(0);
    return kaslrOffsetPhys.isPresent() && Long.compareUnsigned(virtualAddress, image) >= 0
        ? virtualAddress - image + kaslrOffsetPhys.getAsLong()
        : virtualAddress - identityBase;
  }

  private Verdict judge(S390PageTable tables) {
    long[] probes = probes();
    Verdict verdict = probes.length == 0 ? Verdict.MAPS_THE_KERNEL : Verdict.WRONG;
    for (long probe : probes) {
      Translation found = tables.translate(probe);
      if (found instanceof Translation.Mapped mapped) {
        if (!virtualIsKnown() || mapped.physicalAddress() == toPhysical(probe)) {
          return Verdict.MAPS_THE_KERNEL;
        }
      } else if (found instanceof Fault.TableUnreadable
          || (found instanceof Fault.BadEntry bad && bad.entry() == 0)) {
        verdict = Verdict.TABLES_MISSING;
      }
    }
    return verdict;
  }

  /** Addresses that the kernel's tables map: of its image, else where CPUs were in it. */
  private long[] probes() {
    long[] symbols =
        PROBES.stream().map(this::symbol).flatMapToLong(OptionalLong::stream).toArray();
    return symbols.length > 0
        ? symbols
        : machine.cpus().stream()
            .filter(cpu -> !cpu.userMode())
            .mapToLong(CpuState::programCounter)
            .toArray();
  }

  /** Whether the bases of the image and of all memory are those that the kernel told. */
  private boolean virtualIsKnown() {
    return machine.vmcoreinfo().isPresent();
  }

  private S390PageTable tables(Candidate candidate) {
    return new S390PageTable(physical, candidate.asce(), Prefix.NONE, LinearMap.NONE);
  }

  private KernelSpace space(Candidate found, S390PageTable tables) {
    facts.use("kernel ASCE", tables.asce(), found.source());
    if (kaslrOffset.isEmpty()) {
      findKaslrOffset(tables);
    }
    S390PageTable complete = tables.withLinear(linearMap());
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, complete),
        complete.root(),
        kaslrOffset,
        facts.used());
  }

  /**
   * Without VMCOREINFO, the place of the tables tells how far the image was moved, as long as
   * virtual addresses are real ones; the text must be as far away.
   */
  private void findKaslrOffset(S390PageTable tables) {
    OptionalLong swapper = machine.linkAddress().apply("swapper_pg_dir");
    OptionalLong stext = machine.linkAddress().apply("_stext");
    if (swapper.isEmpty() || stext.isEmpty()) {
      return;
    }
    long offset = tables.root() - swapper.getAsLong();
    long moved = stext.getAsLong() + offset;
    if (tables.translate(moved) instanceof Translation.Mapped mapped
        && mapped.physicalAddress() == moved) {
      kaslrOffset = OptionalLong.of(offset);
      facts.use("KASLR offset", offset, "swapper_pg_dir of vmlinux and the tables' place");
    }
  }

  /** All memory at its base, and the image where that is elsewhere. */
  private LinearMap linearMap() {
    List<LinearMap.Region> regions = new ArrayList<>();
    regions.add(
        new LinearMap.Region("identity map", identityBase, 0, memoryEnd(), "identity_base"));
    if (kaslrOffsetPhys.isPresent() && kaslrOffset.isPresent()) {
      long start = kaslrOffset.getAsLong();
      long last = facts.highestSymbol(start, MAX_IMAGE_SIZE).orElse(start);
      long size = (last - start & -SEGMENT_SIZE) + SEGMENT_SIZE;
      regions.add(
          new LinearMap.Region(
              "kernel image", start, kaslrOffsetPhys.getAsLong(), size, "kaslr_offset_phys"));
    }
    return new LinearMap(regions);
  }

  /** By the kernel's variable {@code high_memory}, else as far as the dump describes any. */
  private long memoryEnd() {
    OptionalLong highMemory = facts.symbol("high_memory");
    byte[] bytes = new byte[Long.BYTES];
    if (highMemory.isPresent()
        && physical.read(toPhysical(highMemory.getAsLong()), bytes, 0, bytes.length).isComplete()) {
      long end = ByteBuffer.wrap(bytes).getLong() - identityBase;
      if (end > 0) {
        return end;
      }
    }
    long[] end = {0};
    physical.forEachRange((start, length, presence) -> end[0] = start + length);
    return end[0];
  }
}
