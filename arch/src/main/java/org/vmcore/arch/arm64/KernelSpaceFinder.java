package org.vmcore.arch.arm64;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
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
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds the root of the kernel's page tables, {@code swapper_pg_dir}, and how they are cut.
 *
 * <p>No note has TTBR1_EL1 or TCR_EL1. Whatever tells where the kernel image is makes the symbol's
 * address physical, and every granule and address size that Linux can be built for is tried, those
 * first that VMCOREINFO names; one is believed when its tables map the kernel's text where it ought
 * to be. Where nothing tells, the image is looked for in physical memory ({@link ImageScan}).
 */
final class KernelSpaceFinder {
  private final Machine machine;
  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final Arm64Facts facts;
  private final MachineFacts used;

  /**
   * Tables that may be the kernel's.
   *
   * @param imageOffset {@code kimage_voffset} and where it is from
   * @param source of the root
   */
  private record Candidate(
      long root,
      Arm64Facts.Candidate<Paging> paging,
      Arm64Facts.Candidate<Long> imageOffset,
      OptionalLong kaslrOffset,
      String source) {}

  KernelSpaceFinder(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.physical = machine.dump().memory();
    this.order = machine.dump().info().byteOrder();
    this.facts = new Arm64Facts(machine);
    this.used = facts.facts();
  }

  KernelSpace find() throws MissingFactException {
    List<Arm64Facts.Candidate<Paging>> pagings = facts.pagings();
    OptionalLong swapper = facts.symbol("swapper_pg_dir");
    List<Arm64Facts.Candidate<Long>> offsets = facts.imageOffsets();
    List<Candidate> candidates = new ArrayList<>();
    for (Arm64Facts.Candidate<Long> offset : offsets) {
      if (swapper.isEmpty()) {
        break;
      }
      long root = swapper.getAsLong() - offset.value();
      String source = "swapper_pg_dir with kimage_voffset from " + offset.source();
      for (Arm64Facts.Candidate<Paging> paging : pagings) {
        candidates.add(new Candidate(root, paging, offset, facts.kaslrOffset(), source));
      }
    }
    long probe = facts.symbol("_stext").orElse(swapper.orElse(0));
    Optional<RootSearch.Choice<Candidate>> choice =
        RootSearch.choose(candidates, candidate -> judge(candidate, probe), wrong -> {});
    if (choice.isPresent()) {
      boolean whole = choice.get().confirmed() && machine.dump().info().incomplete().isEmpty();
      return space(choice.get().candidate(), whole);
    }
    Candidate scanned = scan(pagings);
    if (scanned != null) {
      return space(scanned, true);
    }
    throw missing(swapper.isPresent(), offsets);
  }

  /** The kernel's image by its header, told where its symbols are by the user's vmlinux. */
  private @Nullable Candidate scan(List<Arm64Facts.Candidate<Paging>> pagings) {
    for (ImageScan.Image image : ImageScan.images(machine)) {
      for (Arm64Facts.Candidate<Paging> paging : pagings) {
        Candidate candidate =
            new Candidate(
                image.root(),
                paging,
                new Arm64Facts.Candidate<>(image.imageOffset(), "the kernel image"),
                OptionalLong.of(image.kaslrOffset()),
                "swapper_pg_dir in the kernel image found at %#x".formatted(image.start()));
        if (judge(candidate, image.start() + image.imageOffset() + image.textOffset())
            == Verdict.MAPS_THE_KERNEL) {
          used.use("KASLR offset", image.kaslrOffset(), "the kernel image and vmlinux");
          return candidate;
        }
      }
    }
    return null;
  }

  private static MissingFactException missing(
      boolean hasSwapper, List<Arm64Facts.Candidate<Long>> offsets) {
    String why;
    if (!hasSwapper) {
      why = "nothing tells where swapper_pg_dir is";
    } else if (offsets.isEmpty()) {
      why = "nothing tells kimage_voffset";
    } else {
      why =
          "swapper_pg_dir, with kimage_voffset from %s, maps no kernel"
              .formatted(offsets.stream().map(Arm64Facts.Candidate::source).toList());
    }
    return RootSearch.missing(
        why,
        "--vmcoreinfo FILE (the text of that machine's VMCOREINFO), or --vmlinux FILE"
            + " (and, where that is not enough, --arch-option kimage_voffset=N, --arch-option"
            + " kaslr_offset=N)");
  }

  private Verdict judge(Candidate candidate, long probe) {
    Translation found = tables(candidate).translate(probe);
    if (found instanceof Translation.Mapped mapped) {
      return mapped.physicalAddress() == probe - candidate.imageOffset().value()
          ? Verdict.MAPS_THE_KERNEL
          : Verdict.WRONG;
    }
    return found instanceof Fault.TableUnreadable ? Verdict.TABLES_MISSING : Verdict.WRONG;
  }

  private RadixPageTable tables(Candidate candidate) {
    return Stage1.kernel(physical, order, candidate.paging().value(), candidate.root());
  }

  /**
   * @param whole whether the dump has all page tables, as far as is known
   */
  private KernelSpace space(Candidate found, boolean whole) throws MissingFactException {
    Paging paging = found.paging().value();
    RadixPageTable tables = tables(found);
    used.use("page size", (1 << (paging.pageShift() - 10)) + " KiB", facts.pageSizeSource());
    used.use("VA_BITS", Integer.toString(paging.addressBits()), found.paging().source());
    used.use("page table root", found.root(), found.source());
    long imageOffset = found.imageOffset().value();
    used.use("kimage_voffset", imageOffset, found.imageOffset().source());
    List<LinearMap.Region> image = facts.image(imageOffset, found.kaslrOffset()).stream().toList();
    List<LinearMap.Region> regions = new ArrayList<>(image);
    regions.addAll(linearMap(found, tables, whole));
    RadixPageTable complete = tables.withLinear(new LinearMap(regions), new LinearMap(image));
    return new KernelSpace(
        physical,
        new VirtualMemory(physical, complete),
        found.root(),
        found.kaslrOffset(),
        used.used());
  }

  /** Where the kernel has all memory; its end takes a look at the dump's whole index. */
  private List<LinearMap.Region> linearMap(Candidate found, RadixPageTable tables, boolean whole)
      throws MissingFactException {
    List<LinearMap.Region> segments = facts.linearSegments();
    Optional<Arm64Facts.Candidate<Long>> start = facts.physOffset();
    if (start.isEmpty()) {
      return segments;
    }
    long physOffset = start.get().value();
    long imageOffset = found.imageOffset().value();
    used.use("PHYS_OFFSET", physOffset, start.get().source());
    List<Long> offsets =
        facts.pageOffsets(
            found.paging().value(), found.root() + imageOffset, imageOffset, physOffset);
    Optional<Long> confirmed =
        offsets.stream()
            .filter(
                offset ->
                    tables.translate(offset + found.root() - physOffset)
                            instanceof Translation.Mapped root
                        && root.physicalAddress() == found.root())
            .findFirst();
    long pageOffset = confirmed.orElse(offsets.get(0));
    used.use("PAGE_OFFSET", pageOffset, confirmed.isPresent() ? Arm64Facts.BY_TABLES : "VA_BITS");
    if (!segments.isEmpty() || whole) {
      return segments;
    }
    long[] end = {0};
    physical.forEachRange((at, length, presence) -> end[0] = at + length);
    // PHYS_OFFSET may lie below all memory, and wrap.
    long first = Math.max(physical.nextPresent(0), 0);
    return List.of(
        new LinearMap.Region(
            "linear map", pageOffset + first - physOffset, first, end[0] - first, "PAGE_OFFSET"));
  }
}
