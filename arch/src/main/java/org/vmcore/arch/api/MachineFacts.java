package org.vmcore.arch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.paging.KernelSpace.Fact;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** Asks a {@link Machine} for the facts that an architecture needs, and records those it used. */
public final class MachineFacts {
  /** The source of a fact from {@link Machine#vmcoreinfo}, as users see it. */
  public static final String VMCOREINFO = "VMCOREINFO";

  /** The source of a fact from {@link Machine#options}. */
  public static final String OPTION = "--arch-option";

  /** The one of these that every architecture takes: bytes, by which KASLR moved the kernel. */
  public static final String KASLR_OFFSET = "kaslr_offset";

  private final Machine machine;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final List<Fact> used = new ArrayList<>();

  public MachineFacts(Machine machine) {
    this.machine = machine;
    this.vmcoreinfo = machine.vmcoreinfo();
  }

  /** Records an address or a mask that was used. */
  public void use(String name, long value, String source) {
    use(name, "%#x".formatted(value), source);
  }

  /** Records a fact that was used. */
  public void use(String name, String value, String source) {
    used.add(new Fact(name, value, source));
  }

  public List<Fact> used() {
    return used;
  }

  /**
   * Finds how far KASLR moved the kernel image, from the user, VMCOREINFO, or where a symbol of
   * vmlinux was at run time, and records it.
   *
   * @throws MissingFactException when the user's is no number
   */
  public OptionalLong useKaslrOffset() throws MissingFactException {
    OptionalLong offset = option(KASLR_OFFSET);
    String source = OPTION;
    if (offset.isEmpty()) {
      offset = hexadecimal("KERNELOFFSET");
      source = VMCOREINFO;
    }
    OptionalLong stext = symbol("_stext");
    OptionalLong linked = machine.linkAddress().apply("_stext");
    if (offset.isEmpty() && stext.isPresent() && linked.isPresent()) {
      offset = OptionalLong.of(stext.getAsLong() - linked.getAsLong());
      source = "_stext of VMCOREINFO and vmlinux";
    }
    if (offset.isPresent()) {
      use("KASLR offset", offset.getAsLong(), source);
    }
    return offset;
  }

  /** Where a symbol was at run time: from VMCOREINFO, or vmlinux moved by the KASLR offset. */
  public OptionalLong symbol(String name, OptionalLong kaslrOffset) {
    OptionalLong told = symbol(name);
    OptionalLong linked = machine.linkAddress().apply(name);
    return told.isPresent() || linked.isEmpty() || kaslrOffset.isEmpty()
        ? told
        : OptionalLong.of(linked.getAsLong() + kaslrOffset.getAsLong());
  }

  /** {@code SYMBOL(name)} of VMCOREINFO. */
  public OptionalLong symbol(String name) {
    return vmcoreinfo.map(info -> info.symbol(name)).orElse(OptionalLong.empty());
  }

  /**
   * The highest of VMCOREINFO's symbols within a range: the kernel image reaches as far at least.
   *
   * @param size bytes from {@code start} on
   */
  public OptionalLong highestSymbol(long start, long size) {
    return vmcoreinfo.stream()
        .flatMap(info -> info.values().keySet().stream())
        .filter(key -> key.startsWith("SYMBOL(") && key.endsWith(")"))
        .flatMapToLong(key -> hexadecimal(key).stream())
        .filter(symbol -> Long.compareUnsigned(symbol - start, size) < 0)
        .max();
  }

  /**
   * PT_LOADs with kernel addresses; QEMU without paging writes physical ones in their place.
   *
   * @param isKernel of virtual addresses
   */
  public List<Segment> kernelSegments(LongPredicate isKernel) {
    return machine.dump().segments().stream()
        .filter(segment -> isKernel.test(segment.virtualAddress()) && segment.memorySize() > 0)
        .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
        .toList();
  }

  /**
   * The memory of a PT_LOAD.
   *
   * @param name what the kernel has there
   */
  public static LinearMap.Region region(String name, Segment segment) {
    return new LinearMap.Region(
        name,
        segment.virtualAddress(),
        segment.physicalAddress(),
        segment.memorySize(),
        "its PT_LOAD");
  }

  /** {@code NUMBER(name)} of VMCOREINFO. */
  public OptionalLong number(String name) {
    return vmcoreinfo.map(info -> info.number(name)).orElse(OptionalLong.empty());
  }

  /** A key of VMCOREINFO whose value is bare hexadecimal, such as {@code KERNELOFFSET}. */
  public OptionalLong hexadecimal(String key) {
    return vmcoreinfo.map(info -> info.hexadecimal(key)).orElse(OptionalLong.empty());
  }

  /**
   * The user's {@code --arch-option name=...}, decimal or hexadecimal with 0x.
   *
   * @throws MissingFactException when it is no number
   */
  public OptionalLong option(String name) throws MissingFactException {
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
}
