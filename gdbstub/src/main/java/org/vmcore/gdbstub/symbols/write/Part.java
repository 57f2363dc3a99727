package org.vmcore.gdbstub.symbols.write;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;
import org.vmcore.gdbstub.symbols.write.elf.Anchored.Piece;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;

/**
 * What a file has of the kernel, or of all its modules behind that: a piece of each section.
 * Addresses are counted from their anchors, so that those of the kernel are the same in every run.
 *
 * @param memory in the order of the sections' numbers, which are from 1 on for the kernel
 * @param locals entries of local symbols
 * @param globals of the others
 * @param info of .debug_info
 * @param ranges of .debug_ranges
 * @param frames of .debug_frame, which may be empty
 * @param names of symbols
 * @param abbreviations of .debug_abbrev
 * @param strings of .debug_str
 * @param types where in .debug_info each type of the kernel is, by its number
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes, handed on and never compared
record Part(
    List<Memory> memory,
    Piece locals,
    Piece globals,
    Piece info,
    Piece ranges,
    Piece frames,
    byte[] names,
    byte[] abbreviations,
    byte[] strings,
    int[] types) {
  Part {
    memory = List.copyOf(memory);
  }

  /** A section of the machine's memory. */
  record Memory(String name, Region region) {}

  /** The same with call-frame information. */
  Part withFrames(Piece section) {
    return new Part(
        memory, locals, globals, info, ranges, section, names, abbreviations, strings, types);
  }

  /** How long sections are that others are behind of. */
  DebugInfo.Start end() {
    return new DebugInfo.Start(
        info.bytes().length, abbreviations.length, ranges.bytes().length, strings.length);
  }

  /** The number of the section of per-CPU variables. */
  Optional<Integer> perCpuSection() {
    for (int i = 0; i < memory.size(); i++) {
      if (memory.get(i).region().kind() == Kind.PER_CPU) {
        return Optional.of(i + 1);
      }
    }
    return Optional.empty();
  }

  /** Makes addresses of a run of those in all pieces; to be called once. */
  void place(ByteOrder order, int wordBytes, long imageStart, long perCpuStart) {
    for (Piece piece : List.of(locals, globals, info, ranges, frames)) {
      piece.place(order, wordBytes, imageStart, perCpuStart);
    }
  }
}
