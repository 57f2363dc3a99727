package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.vmcore.arch.ArchitectureContract;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

class I386ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new I386();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("i386", 3, 32, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(new Note("CORE", 1, 0, new byte[144]), new Note("QEMU", 0, 0, new byte[440]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        RadixPageTable.kernel(memory, new TwoLevelPaging(0xc0000000L), root),
        RadixPageTable.kernel(memory, new PaePaging(0xc0000000L), root));
  }

  @Override
  protected long interestingAddress(Random random) {
    return Integer.toUnsignedLong(random.nextInt());
  }
}
