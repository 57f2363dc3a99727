package org.vmcore.arch.x86_64;

import static org.vmcore.arch.api.MachineFacts.OPTION;
import static org.vmcore.arch.api.MachineFacts.VMCOREINFO;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MachineFacts;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace.Fact;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * What a dump and its user say of an x86-64 kernel's memory layout, and a record of each answer
 * that was used (Linux Documentation/admin-guide/kdump/vmcoreinfo.rst, "x86_64").
 */
final class X86Facts {
  /** {@code __START_KERNEL_map}: {@code phys_base} is where it would be in physical memory. */
  static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;

  /** {@code KERNEL_IMAGE_SIZE} with KASLR; modules come above it. */
  static final long MAX_IMAGE_SIZE = 1L << 30;

  /** Linux aligns the image to this, and maps it with pages of this size. */
  static final long IMAGE_ALIGNMENT = 2 << 20;

  /** CR4.LA57 (Intel SDM vol. 3A, 2.5). */
  private static final long CR4_LA57 = 1 << 12;

  private final Machine machine;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final MachineFacts facts;
  private final int levels;
  private final long encryption;
  private final OptionalLong kaslrOffset;
  private final List<PhysBase> physBases;

  /**
   * @param value {@code phys_base}, which may be negative
   * @param trusted whether to go by it where no page table confirms it
   */
  record PhysBase(long value, String source, boolean trusted) {}

  /**
   * @throws MissingFactException when the user gave an option that does not parse
   */
  X86Facts(Machine machine) throws MissingFactException {
    this.machine = machine;
    this.vmcoreinfo = machine.vmcoreinfo();
    this.facts = new MachineFacts(machine);
    this.levels = findLevels();
    this.encryption = findEncryption();
    this.kaslrOffset = facts.useKaslrOffset();
    this.physBases = findPhysBases();
  }

  /** Records a fact that was used. */
  void use(String name, long value, String source) {
    facts.use(name, value, source);
  }

  List<Fact> used() {
    return facts.used();
  }

  /** 4 or 5. */
  int levels() {
    return levels;
  }

  /** The bit that marks encrypted memory, or 0. */
  long encryption() {
    return encryption;
  }

  OptionalLong kaslrOffset() {
    return kaslrOffset;
  }

  boolean hasVmcoreinfo() {
    return vmcoreinfo.isPresent();
  }

  private int findLevels() {
    OptionalLong enabled = facts.number("pgtable_l5_enabled");
    if (enabled.isPresent()) {
      return levels(enabled.getAsLong() != 0, VMCOREINFO);
    }
    for (CpuState cpu : machine.cpus()) {
      OptionalLong cr4 = cpu.registers().value("cr4");
      if (cr4.isPresent()) {
        return levels((cr4.getAsLong() & CR4_LA57) != 0, "CR4 of CPU " + cpu.index());
      }
    }
    return levels(false, "nothing says 5");
  }

  private int levels(boolean five, String source) {
    int found = five ? 5 : 4;
    facts.use("page table levels", Integer.toString(found), source);
    return found;
  }

  private long findEncryption() {
    long mask = facts.number("sme_mask").orElse(0);
    if (mask != 0) {
      use("sme_mask", mask, VMCOREINFO);
    }
    return mask;
  }

  /**
   * All that may be {@code phys_base}, the most trusted first. VMCOREINFO has it since Linux 4.10;
   * QEMU puts a wrong one into the sub-headers it writes.
   */
  List<PhysBase> physBases() {
    return physBases;
  }

  private List<PhysBase> findPhysBases() throws MissingFactException {
    List<PhysBase> found = new ArrayList<>();
    facts.option("phys_base").ifPresent(value -> found.add(new PhysBase(value, OPTION, true)));
    facts.number("phys_base").ifPresent(value -> found.add(new PhysBase(value, VMCOREINFO, true)));
    segments().stream()
        .filter(segment -> isImage(segment.virtualAddress()))
        .findFirst()
        .map(image -> image.physicalAddress() - (image.virtualAddress() - START_KERNEL_MAP))
        .ifPresent(value -> found.add(new PhysBase(value, "the kernel image's PT_LOAD", true)));
    machine.dump().info().physBase().stream()
        .filter(value -> found.stream().noneMatch(base -> base.value() == value))
        .forEach(value -> found.add(new PhysBase(value, "the kdump sub-header", false)));
    return found;
  }

  /** The kernel image, as far as VMCOREINFO's symbols show that it reaches. */
  Optional<LinearMap.Region> image(long physBase) {
    OptionalLong stext = symbol("_stext");
    if (stext.isEmpty()) {
      return Optional.empty();
    }
    long start = stext.getAsLong() & -IMAGE_ALIGNMENT;
    long last = facts.highestSymbol(START_KERNEL_MAP, MAX_IMAGE_SIZE).orElse(start);
    long end = (last & -IMAGE_ALIGNMENT) + IMAGE_ALIGNMENT;
    return Optional.of(
        new LinearMap.Region(
            "kernel image", start, start - START_KERNEL_MAP + physBase, end - start, "phys_base"));
  }

  /** The PT_LOADs that lie in the kernel's map of all memory. */
  List<LinearMap.Region> directMapSegments() {
    return segments().stream()
        .filter(segment -> segment.virtualAddress() < START_KERNEL_MAP)
        .map(segment -> MachineFacts.region("direct map", segment))
        .toList();
  }

  private List<Segment> segments() {
    return facts.kernelSegments(virtualAddress -> virtualAddress < 0);
  }

  private static boolean isImage(long virtualAddress) {
    return Long.compareUnsigned(virtualAddress - START_KERNEL_MAP, MAX_IMAGE_SIZE) < 0;
  }

  /** A symbol's run-time address. */
  OptionalLong symbol(String name) {
    return facts.symbol(name, kaslrOffset);
  }
}
