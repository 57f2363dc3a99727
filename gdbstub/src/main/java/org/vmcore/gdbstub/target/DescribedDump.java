package org.vmcore.gdbstub.target;

import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.DumpInfo;
import org.vmcore.dumpreader.Note;
import org.vmcore.dumpreader.PhysicalMemory;
import org.vmcore.dumpreader.Segment;
import org.vmcore.dumpreader.Vmcoreinfo;

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
