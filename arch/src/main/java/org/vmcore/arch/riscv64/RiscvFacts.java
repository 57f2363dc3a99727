package org.vmcore.arch.riscv64;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.riscv.ImageHeader;
import org.vmcore.arch.riscv64.RiscvPaging.Mode;
import org.vmcore.dumpreader.api.Segment;

/**
 * What a dump and its user say of a riscv64 kernel's memory layout (Linux
 * Documentation/admin-guide/kdump/vmcoreinfo.rst, "RISCV64").
 */
final class RiscvFacts {
  /**
   * {@code KERNEL_LINK_ADDR}: the last 2 GiB (arch/riscv/include/asm/pgtable.h), since Linux 5.13,
   * as kdump is.
   */
  static final long KERNEL_LINK_ADDRESS = 0xffff_ffff_8000_0000L;

  /** The image lies at a multiple of a PMD's reach (arch/riscv/mm/init.c, setup_vm). */
  static final long IMAGE_ALIGNMENT = 2 << 20;

  /** Where KASLR may move the image to: it stays in the PUD (arch/riscv/mm/init.c, setup_vm). */
  static final long MAX_KASLR_OFFSET = 1 << 30;

  private final Machine machine;
  private final MachineFacts facts;
  private final OptionalLong slide;
  private final Optional<Satp> satp;

  /** A mode and who says so. */
  record ToldMode(Mode mode, String source) {}

  /** What to subtract from an address in the kernel image to get its physical address. */
  record ImageOffset(long value, String source) {}

  /** A value of the control register and who says so. */
  record Satp(long value, String source) {}

  /**
   * @throws MissingFactException when the user gave an option that does not parse
   */
  RiscvFacts(Machine machine, MachineFacts facts) throws MissingFactException {
    this.machine = machine;
    this.facts = facts;
    this.satp = findSatp();
    this.slide = findSlide();
  }

  private Optional<Satp> findSatp() throws MissingFactException {
    OptionalLong given = facts.option("satp");
    if (given.isPresent()) {
      return Optional.of(new Satp(given.getAsLong(), OPTION));
    }
    return facts.number("satp").stream().mapToObj(value -> new Satp(value, VMCOREINFO)).findFirst();
  }

  private OptionalLong findSlide() throws MissingFactException {
    OptionalLong told = facts.useKaslrOffset();
    OptionalLong stext = facts.symbol("_stext");
    if (told.isPresent() || stext.isEmpty()) {
      return told;
    }
    // Nothing but the header and start-up code comes before _stext.
    long offset = (stext.getAsLong() & -IMAGE_ALIGNMENT) - KERNEL_LINK_ADDRESS;
    facts.use("KASLR offset", offset, "_stext of VMCOREINFO");
    return OptionalLong.of(offset);
  }

  /** Empty when only the page tables can tell. */
  OptionalLong slide() {
    return slide;
  }

  /**
   * The user's {@code --arch-option satp=}, or that of the CPU that started the kernel, as newer
   * kernels put it into VMCOREINFO (arch/riscv/kernel/vmcore_info.c, get_satp_value).
   */
  Optional<Satp> satp() {
    return satp;
  }

  /** A symbol's run-time address; its link address where the KASLR offset is not known. */
  OptionalLong symbol(String name) {
    return facts.symbol(name, OptionalLong.of(slide.orElse(0)));
  }

  /** The start of the kernel image, in the addresses that {@link #symbol} gives. */
  long imageStart() {
    return KERNEL_LINK_ADDRESS + slide.orElse(0);
  }

  /** Where the image is, in the order of trust; that which takes a search comes apart. */
  List<ImageOffset> imageOffsets() throws MissingFactException {
    List<ImageOffset> offsets = new ArrayList<>();
    facts
        .option("va_kernel_pa_offset")
        .ifPresent(value -> offsets.add(new ImageOffset(value, OPTION)));
    facts
        .number("va_kernel_pa_offset")
        .ifPresent(value -> offsets.add(new ImageOffset(value, VMCOREINFO)));
    segments().stream()
        .filter(segment -> isImage(segment.virtualAddress()))
        .findFirst()
        .ifPresent(
            segment ->
                offsets.add(
                    new ImageOffset(
                        segment.virtualAddress() - segment.physicalAddress(),
                        "the kernel image's PT_LOAD")));
    return offsets;
  }

  List<ImageOffset> foundImageOffsets() {
    return ImageHeader.find(machine.dump().memory(), IMAGE_ALIGNMENT).stream()
        .map(
            start ->
                new ImageOffset(
                    imageStart() - start,
                    "the kernel image's header at 0x" + Long.toHexString(start)))
        .toList();
  }

  /** Whoever knows; the page tables have the last word. */
  Optional<ToldMode> mode() throws MissingFactException {
    OptionalLong given = facts.option("vabits");
    if (given.isPresent()) {
      return byBits(given.getAsLong(), OPTION);
    }
    if (satp.isPresent()) {
      return byValue(satp.get().value() >>> 60, satp.get().source());
    }
    OptionalLong bits = facts.number("VA_BITS");
    if (bits.isPresent()) {
      return byBits(bits.getAsLong(), VMCOREINFO);
    }
    OptionalLong pageOffset = facts.number("PAGE_OFFSET");
    if (pageOffset.isPresent()) {
      return Optional.of(new ToldMode(byAddress(pageOffset.getAsLong()), "PAGE_OFFSET"));
    }
    return segments().stream()
        .filter(segment -> !isImage(segment.virtualAddress()))
        .findFirst()
        .map(
            direct -> new ToldMode(byAddress(direct.virtualAddress()), "the direct map's PT_LOAD"));
  }

  private static Optional<ToldMode> byBits(long bits, String source) {
    for (Mode mode : Mode.values()) {
      if (mode.addressBits() == bits) {
        return Optional.of(new ToldMode(mode, source));
      }
    }
    return Optional.empty();
  }

  private static Optional<ToldMode> byValue(long value, String source) {
    for (Mode mode : Mode.values()) {
      if (mode.satp() == value) {
        return Optional.of(new ToldMode(mode, source));
      }
    }
    return Optional.empty();
  }

  /** The direct map is in the upper half of the kernel's half, which the narrower modes lack. */
  private static Mode byAddress(long virtualAddress) {
    for (Mode mode : Mode.values()) {
      if (new RiscvPaging(mode, false).isCanonical(virtualAddress)) {
        return mode;
      }
    }
    return Mode.SV57;
  }

  /** The PT_LOADs, where they have kernel addresses. */
  LinearMap linearMap() {
    return new LinearMap(
        segments().stream()
            .map(
                segment ->
                    MachineFacts.region(
                        isImage(segment.virtualAddress()) ? "kernel image" : "direct map", segment))
            .toList());
  }

  private List<Segment> segments() {
    return facts.kernelSegments(virtualAddress -> virtualAddress < 0);
  }

  private static boolean isImage(long virtualAddress) {
    return virtualAddress < 0 && virtualAddress >= KERNEL_LINK_ADDRESS;
  }
}
