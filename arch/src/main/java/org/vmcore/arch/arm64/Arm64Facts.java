package org.vmcore.arch.arm64;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.dumpreader.api.Segment;

/**
 * What a dump and its user say of an arm64 kernel's memory layout (Linux
 * Documentation/admin-guide/kdump/vmcoreinfo.rst, "arm64"; arch/arm64/include/asm/memory.h).
 *
 * <p>VMCOREINFO has VA_BITS, kimage_voffset, PHYS_OFFSET and KERNELOFFSET since Linux commit
 * 20a166243328 ("arm64: kdump: add VMCOREINFO's for user-space tools", 4.12), TCR_EL1_T1SZ since
 * commit bbdbc11804ff ("arm64/crash_core: Export TCR_EL1.T1SZ in vmcoreinfo", 5.9).
 */
final class Arm64Facts {
  /** The image is smaller than what the kernel keeps free for it with modules. */
  static final long MAX_IMAGE_SIZE = 1L << 30;

  static final String BY_TABLES = "the page tables";

  /** Linux aligns the image to this (SEGMENT_ALIGN). */
  private static final long IMAGE_ALIGNMENT = 64 << 10;

  private final Machine machine;
  private final MachineFacts facts;
  private final OptionalLong kaslrOffset;

  /**
   * What a fact may be.
   *
   * @param source where it is known from
   */
  record Candidate<T>(T value, String source) {}

  /**
   * @throws MissingFactException when the user gave an option that does not parse
   */
  Arm64Facts(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.facts = new MachineFacts(machine);
    this.kaslrOffset = facts.useKaslrOffset();
  }

  MachineFacts facts() {
    return facts;
  }

  OptionalLong kaslrOffset() {
    return kaslrOffset;
  }

  /** A symbol's run-time address. */
  OptionalLong symbol(String name) {
    return facts.symbol(name, kaslrOffset);
  }

  /**
   * How far the kernel image's virtual addresses are from its physical ones. Until Linux commit
   * a7f8de168ace ("arm64: allow kernel Image to be loaded anywhere in physical memory", 4.6) that
   * was PAGE_OFFSET - PHYS_OFFSET, and nothing had a name for it.
   */
  List<Candidate<Long>> imageOffsets() throws MissingFactException {
    List<Candidate<Long>> found = new ArrayList<>();
    facts.option("kimage_voffset").ifPresent(value -> found.add(new Candidate<>(value, OPTION)));
    facts
        .number("kimage_voffset")
        .ifPresent(value -> found.add(new Candidate<>(value, VMCOREINFO)));
    imageSegment()
        .map(image -> image.virtualAddress() - image.physicalAddress())
        .ifPresent(value -> found.add(new Candidate<>(value, "the kernel image's PT_LOAD")));
    return found;
  }

  /** The PT_LOAD that {@code swapper_pg_dir} lies in: the image has one, before the linear map. */
  private Optional<Segment> imageSegment() {
    OptionalLong swapper = symbol("swapper_pg_dir");
    return segments().stream()
        .filter(
            segment ->
                swapper.isPresent()
                    && Long.compareUnsigned(
                            swapper.getAsLong() - segment.virtualAddress(), segment.memorySize())
                        < 0)
        .findFirst();
  }

  /** The granules and address sizes that the kernel may use, the likeliest first. */
  List<Candidate<Paging>> pagings() throws MissingFactException {
    OptionalLong pageSize = pageSize();
    List<Candidate<Paging>> found = new ArrayList<>();
    for (int shift : new int[] {12, 16, 14}) {
      if (pageSize.isEmpty() || pageSize.getAsLong() == 1L << shift) {
        Set<Integer> seen = new LinkedHashSet<>();
        for (Candidate<Long> bits : addressBits(shift)) {
          long value = bits.value();
          if (value > shift && value <= Paging.WIDEST && seen.add((int) value)) {
            found.add(new Candidate<>(new Paging(shift, (int) value), bits.source()));
          }
        }
      }
    }
    return found;
  }

  String pageSizeSource() {
    return pageSize().isPresent() ? VMCOREINFO : BY_TABLES;
  }

  private OptionalLong pageSize() {
    return machine
        .vmcoreinfo()
        .flatMap(info -> info.value("PAGESIZE"))
        .map(Arm64Facts::decimal)
        .orElse(OptionalLong.empty());
  }

  private static OptionalLong decimal(String value) {
    try {
      return OptionalLong.of(Long.parseLong(value));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * The bits that tables are made for. Where the kernel was built for 52 and the machine has 48,
   * its tables of 64 KiB granules are made for 52 nevertheless, and TTBR1_EL1 points into the root
   * (TTBR1_BADDR_4852_OFFSET); those of other granules are made for what the machine has.
   */
  private List<Candidate<Long>> addressBits(int pageShift) throws MissingFactException {
    List<Candidate<Long>> found = new ArrayList<>();
    for (String option : List.of("vabits_actual", "vabits")) {
      facts.option(option).ifPresent(value -> found.add(new Candidate<>(value, OPTION)));
    }
    List<Candidate<Long>> told = new ArrayList<>();
    facts
        .number("TCR_EL1_T1SZ")
        .ifPresent(t1sz -> told.add(new Candidate<>(64 - t1sz, "TCR_EL1_T1SZ of VMCOREINFO")));
    facts
        .number("VA_BITS")
        .ifPresent(
            bits ->
                told.add(
                    pageShift == 16 ? 0 : told.size(),
                    new Candidate<>(bits, "VA_BITS of VMCOREINFO")));
    found.addAll(told);
    // ARM64_VA_BITS in arch/arm64/Kconfig.
    List<Integer> configurable =
        switch (pageShift) {
          case 12 -> List.of(48, 39, 52);
          case 14 -> List.of(47, 48, 36, 52);
          default -> List.of(48, 42, 52);
        };
    configurable.forEach(bits -> found.add(new Candidate<>((long) bits, BY_TABLES)));
    return found;
  }

  /** The physical address of the start of the linear map; it may wrap. */
  Optional<Candidate<Long>> physOffset() throws MissingFactException {
    OptionalLong option = facts.option("phys_offset");
    if (option.isPresent()) {
      return Optional.of(new Candidate<>(option.getAsLong(), OPTION));
    }
    OptionalLong number = facts.number("PHYS_OFFSET");
    return number.isPresent()
        ? Optional.of(new Candidate<>(number.getAsLong(), VMCOREINFO))
        : Optional.empty();
  }

  /**
   * Where the linear map may start, the likeliest first: at the lowest kernel address since Linux
   * commit 14c127c957c1 ("arm64: mm: Flip kernel VA space", 5.4), in the middle before that, when
   * the image was in the lower half, or (until 4.6) in the linear map.
   *
   * @param image an address in the kernel image
   * @param imageOffset {@code kimage_voffset}
   */
  List<Long> pageOffsets(Paging paging, long image, long imageOffset, long physOffset) {
    Set<Long> bits = new LinkedHashSet<>();
    facts.number("VA_BITS").ifPresent(bits::add);
    bits.add((long) paging.addressBits());
    // Since commit 7bc1a0f9e176 ("arm64: mm: use single quantity to represent the PA to VA
    // translation", 5.11) the map starts as if the machine had all the kernel's bits.
    facts.number("TCR_EL1_T1SZ").ifPresent(t1sz -> bits.add(64 - t1sz));
    List<Long> found = new ArrayList<>();
    for (long count : bits) {
      long lowest = -1L << count;
      long middle = -1L << (count - 1);
      boolean inLinearMap = imageOffset == middle - physOffset;
      boolean flipped = image >= middle && !inLinearMap;
      found.add(flipped ? lowest : middle);
    }
    return found;
  }

  /**
   * The kernel image, as far as the user's vmlinux or VMCOREINFO's symbols show that it reaches.
   *
   * @param kaslrOffset that of the image
   */
  Optional<LinearMap.Region> image(long imageOffset, OptionalLong kaslrOffset) {
    OptionalLong stext = facts.symbol("_stext", kaslrOffset);
    if (stext.isEmpty()) {
      return Optional.empty();
    }
    long start = stext.getAsLong() & -IMAGE_ALIGNMENT;
    OptionalLong end = facts.symbol("_end", kaslrOffset);
    long last =
        end.isPresent()
            ? end.getAsLong() - 1
            : facts.highestSymbol(start, MAX_IMAGE_SIZE).orElse(start);
    long size = (last & -IMAGE_ALIGNMENT) + IMAGE_ALIGNMENT - start;
    return Optional.of(
        new LinearMap.Region("kernel image", start, start - imageOffset, size, "kimage_voffset"));
  }

  /** The PT_LOADs that lie in the linear map. */
  List<LinearMap.Region> linearSegments() {
    Optional<Segment> image = imageSegment();
    return segments().stream()
        .filter(segment -> !Optional.of(segment).equals(image))
        .map(segment -> MachineFacts.region("linear map", segment))
        .toList();
  }

  private List<Segment> segments() {
    return facts.kernelSegments(virtualAddress -> virtualAddress < 0);
  }
}
