package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A dump with what its file lacks and its memory tells: VMCOREINFO that was found there, the
 * kernel's own utsname, and its virtual addresses.
 */
record DescribedDump(
    Dump dump, DumpInfo info, Optional<Vmcoreinfo> vmcoreinfo, List<Segment> segments)
    implements Dump {

  static Dump of(CrashedMachine machine) {
    DumpInfo info = machine.dump().info();
    Map<String, String> fields = new LinkedHashMap<>(info.headerFields());
    machine
        .architecture()
        .map(architecture -> architecture.utsname(info.byteOrder()))
        .filter(name -> info.machine().isEmpty())
        .ifPresent(name -> fields.put("utsname.machine", name));
    machine.utsname().forEach((field, value) -> fields.put("utsname." + field, value));
    return new DescribedDump(
        machine.dump(),
        info.withHeaderFields(fields),
        machine.vmcoreinfo().or(machine.dump()::vmcoreinfo),
        KernelSegments.of(machine));
  }

  @Override
  public PhysicalMemory memory() {
    return dump.memory();
  }

  /** With the VMCOREINFO that counts: a user may have given another than the dump's. */
  @Override
  public List<Note> notes() {
    List<Note> notes = new ArrayList<>();
    for (Note note : dump.notes()) {
      notes.add(note.name().equals(Note.VMCOREINFO) ? current(note) : note);
    }
    return notes;
  }

  private Note current(Note note) {
    byte[] text = vmcoreinfo.map(Vmcoreinfo::text).orElseGet(note::descriptor);
    return Arrays.equals(Vmcoreinfo.parse(note.descriptor()).text(), text)
        ? note
        : new Note(note.name(), note.type(), note.fileOffset(), text);
  }

  @Override
  public List<String> erased() {
    return dump.erased();
  }
}
