package org.vmcore.gdbstub.machine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.WholeBytes;
import org.vmcore.dumpreader.note.VmcoreinfoScan;

/**
 * VMCOREINFO as the user gives it, as the dump's note has it, or as it is in memory.
 *
 * @param source where it came from, as a user would say it
 */
record FoundVmcoreinfo(Optional<Vmcoreinfo> vmcoreinfo, String source) {
  /** As {@link #source} has it. */
  private static final String NOTE = "the dump's note";

  /** The kernel has a page for it (include/linux/vmcore_info.h, VMCOREINFO_BYTES). */
  private static final int MAX_FILE = 1 << 20;

  /** Memory is searched, and the options' progress told, only where there is no other. */
  static FoundVmcoreinfo find(Dump dump, MachineOptions options) throws IOException {
    if (options.vmcoreinfo().isPresent()) {
      Path file = options.vmcoreinfo().get();
      return new FoundVmcoreinfo(
          Optional.of(Vmcoreinfo.parse(WholeBytes.read(file, MAX_FILE))), file.toString());
    }
    if (dump.vmcoreinfo().isPresent()) {
      return new FoundVmcoreinfo(dump.vmcoreinfo(), NOTE);
    }
    return inMemory(dump, options);
  }

  /** Reads all memory of the dump, unless it finds one that no other can be better than. */
  static FoundVmcoreinfo inMemory(Dump dump, MachineOptions options) {
    Optional<VmcoreinfoScan.InMemory> found =
        VmcoreinfoScan.find(dump.memory(), options.open().progress());
    return new FoundVmcoreinfo(
        found.map(VmcoreinfoScan.InMemory::vmcoreinfo),
        found.map(f -> "physical address 0x" + Long.toHexString(f.physicalAddress())).orElse(""));
  }

  /** Whether it is what the dump's writer took for that of the machine, which may be another's. */
  boolean isOfNote() {
    return source.equals(NOTE);
  }
}
