package org.vmcore.arch.s390x;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.vmcore.arch.ArchitectureContract;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

class S390xContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new S390x();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("s390x", 22, 64, ByteOrder.BIG_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(
        new Note("CORE", 3, 0, new byte[136]),
        new Note("CORE", 1, 0, new byte[336]),
        new Note("CORE", 2, 0, new byte[136]),
        new Note("LINUX", 0x304, 0, new byte[128]),
        new Note("LINUX", 0x305, 0, new byte[4]),
        new Note("LINUX", 0x306, 0, new byte[8]),
        new Note("LINUX", 0x307, 0, new byte[4]),
        new Note("LINUX", 0x309, 0, new byte[128]),
        new Note("LINUX", 0x30a, 0, new byte[256]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        table(memory, root | 0xf, 0),
        table(memory, root | 0xb, 0x2000),
        table(memory, root | 0x7, 0x8000),
        table(memory, root | 0x1, 0x8000),
        table(memory, root, 0),
        table(memory, root | 0x20, 0x4000));
  }

  private static PageTable table(PhysicalMemory memory, long asce, long prefix) {
    return new S390PageTable(memory, asce, new Prefix(prefix), LinearMap.NONE);
  }

  /** v0 to v15 are f0 to f15 with these. */
  @Override
  protected boolean isOnlyShownAsPart(Register register) {
    return register.name().matches("v\\d+l");
  }

  @Override
  protected long interestingAddress(Random random) {
    return random.nextLong() >>> random.nextInt(52);
  }
}
