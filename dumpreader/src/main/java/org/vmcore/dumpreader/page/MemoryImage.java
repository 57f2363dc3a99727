package org.vmcore.dumpreader.page;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.CachedInput;

/** A dump that is little more than memory: no VMCOREINFO, no segments. */
public record MemoryImage(DumpInfo info, PhysicalMemory memory, List<Note> notes) implements Dump {
  public MemoryImage {
    notes = List.copyOf(notes);
  }

  public MemoryImage(DumpInfo info, PhysicalMemory memory) {
    this(info, memory, List.of());
  }

  public MemoryImage(DumpInfo info, DumpInput input, FileExtents extents, OpenOptions options) {
    this(info, new ExtentMemory(new CachedInput(input, options.cacheBytes()), extents));
  }

  /** What can be said of such a dump; the machine's byte order and word size are the options'. */
  public static DumpInfo info(
      DumpInput input,
      String format,
      String variant,
      OpenOptions machine,
      Map<String, String> fields,
      List<String> incomplete) {
    return new DumpInfo(
        input.name(),
        input.size(),
        format,
        variant,
        Set.of(),
        OptionalInt.empty(),
        machine.byteOrder(),
        machine.wordBits(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        fields,
        incomplete);
  }

  public MemoryImage withNotes(List<Note> notes) {
    return new MemoryImage(info, memory, notes);
  }

  /**
   * The same of a machine that the format or its header tells.
   *
   * @param machine as {@code utsname.machine} spells it
   */
  public MemoryImage withMachine(String machine) {
    return new MemoryImage(info.withMachine(machine), memory, notes);
  }

  @Override
  public Optional<Vmcoreinfo> vmcoreinfo() {
    return Optional.empty();
  }

  @Override
  public List<Segment> segments() {
    return List.of();
  }
}
