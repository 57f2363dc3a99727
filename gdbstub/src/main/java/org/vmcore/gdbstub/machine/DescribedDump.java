package org.vmcore.gdbstub.machine;

import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** A dump as it would be had it carried the VMCOREINFO that was found elsewhere. */
record DescribedDump(Dump dump, Optional<Vmcoreinfo> vmcoreinfo) implements Dump {
  @Override
  public DumpInfo info() {
    return dump.info();
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
  public List<Segment> segments() {
    return dump.segments();
  }
}
