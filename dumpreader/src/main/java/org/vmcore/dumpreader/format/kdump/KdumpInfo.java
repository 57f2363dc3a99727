package org.vmcore.dumpreader.format.kdump;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.page.PageCodec;

/** What the headers of a kdump-compressed dump say, as {@link DumpInfo}. */
final class KdumpInfo {
  /** The x86-64 kernel is loaded at a multiple of this (CONFIG_PHYSICAL_ALIGN is no less). */
  private static final long X86_64_ALIGNMENT = 2 << 20;

  /** KASLR moves the kernel's virtual base up by less than this, which makes phys_base negative. */
  private static final long X86_64_KERNEL_IMAGE_SIZE = 1 << 30;

  private KdumpInfo() {}

  static DumpInfo of(
      String format,
      List<KdumpSplit.Part> parts,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<String> missing) {
    KdumpHeader header = parts.get(0).header();
    int level = header.dump_level();
    String version = "header version " + header.header_version();
    return new DumpInfo(
        parts.stream().map(part -> part.input().name()).collect(Collectors.joining(", ")),
        parts.stream().mapToLong(part -> part.input().size()).sum(),
        format,
        header.split() ? "%s, split in parts (%d here)".formatted(version, parts.size()) : version,
        compression(header),
        level >= 0 && level <= 31 ? OptionalInt.of(level) : OptionalInt.empty(),
        header.byteOrder(),
        header.wordBits(),
        OptionalInt.empty(),
        header.utsname("machine"),
        OptionalInt.of(header.block_size()),
        physBase(header, vmcoreinfo),
        fields(header),
        missing);
  }

  private static Set<String> compression(KdumpHeader header) {
    Set<String> names = new LinkedHashSet<>();
    for (PageCodec codec : PageCodec.values()) {
      if ((header.status() & codec.flag()) != 0) {
        names.add(codec.label());
      }
    }
    return names;
  }

  /**
   * makedumpfile fills the field in on other architectures too, with another meaning, and QEMU with
   * digits it misread; so it counts only where it can be the load offset of an x86-64 kernel and
   * VMCOREINFO does not say otherwise.
   */
  private static OptionalLong physBase(KdumpHeader header, Optional<Vmcoreinfo> vmcoreinfo) {
    long physBase = header.phys_base();
    OptionalLong stated =
        vmcoreinfo.map(info -> info.number("phys_base")).orElse(OptionalLong.empty());
    boolean plausible =
        header.utsname("machine").filter("x86_64"::equals).isPresent()
            && physBase % X86_64_ALIGNMENT == 0
            && physBase > -X86_64_KERNEL_IMAGE_SIZE
            && physBase / header.block_size() < header.max_mapnr()
            && (stated.isEmpty() || stated.getAsLong() == physBase);
    return plausible ? OptionalLong.of(physBase) : OptionalLong.empty();
  }

  /** The number, and its flags in words. */
  private static String status(KdumpHeader header) {
    List<String> flags = new ArrayList<>(compression(header));
    if ((header.status() & KdumpHeader.STATUS_INCOMPLETE) != 0) {
      flags.add("incomplete");
    }
    if ((header.status() & KdumpHeader.STATUS_EXCLUDED_VMEMMAP) != 0) {
      flags.add("vmemmap of excluded pages excluded");
    }
    String number = "%#x".formatted(header.status());
    return flags.isEmpty() ? number : "%s (%s)".formatted(number, String.join(", ", flags));
  }

  private static Map<String, String> fields(KdumpHeader header) {
    Map<String, String> fields = new LinkedHashMap<>();
    header.utsname().forEach((field, value) -> fields.put("utsname." + field, value));
    fields.values().removeAll(Collections.singleton(""));
    fields.put("timestamp", Long.toString(header.seconds()));
    fields.put("status", status(header));
    fields.put("block_size", Integer.toString(header.block_size()));
    fields.put("sub_hdr_size", Integer.toString(header.sub_hdr_size()));
    fields.put("bitmap_blocks", Long.toString(header.bitmap_blocks()));
    fields.put("max_mapnr", "%#x".formatted(header.max_mapnr()));
    fields.put("nr_cpus", Integer.toString(header.nr_cpus()));
    fields.put("phys_base", "%#x".formatted(header.phys_base()));
    fields.put("dump_level", Integer.toString(header.dump_level()));
    return fields;
  }
}
