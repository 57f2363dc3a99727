package org.vmcore.arch;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** A dump with another header, such as formats without an ELF header have. */
public record Reheaded(Dump dump, DumpInfo info) implements Dump {

  /**
   * Without {@code e_machine}.
   *
   * @param machine {@code utsname.machine}
   */
  public static Dump nameless(Dump dump, String machine) {
    return of(dump, OptionalInt.empty(), Optional.of(machine), OptionalLong.empty());
  }

  /** With the {@code phys_base} of a kdump sub-header. */
  public static Dump withPhysBase(Dump dump, long physBase) {
    return of(dump, dump.info().elfMachine(), dump.info().machine(), OptionalLong.of(physBase));
  }

  private static Dump of(
      Dump dump, OptionalInt elfMachine, Optional<String> machine, OptionalLong physBase) {
    DumpInfo info = dump.info();
    return new Reheaded(
        dump,
        new DumpInfo(
            info.file(),
            info.fileSize(),
            info.format(),
            info.variant(),
            info.compression(),
            info.dumpLevel(),
            info.byteOrder(),
            info.wordBits(),
            elfMachine,
            machine,
            info.pageSize(),
            physBase,
            info.headerFields(),
            info.incomplete()));
  }

  @Override
  public PhysicalMemory memory() {
    return dump.memory();
  }

  @Override
  public List<Note> notes() {
    return dump.notes();
  }

  @Override
  public Optional<Vmcoreinfo> vmcoreinfo() {
    return dump.vmcoreinfo();
  }

  @Override
  public List<Segment> segments() {
    return dump.segments();
  }
}
