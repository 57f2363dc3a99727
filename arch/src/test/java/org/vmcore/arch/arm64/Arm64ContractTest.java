package org.vmcore.arch.arm64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.vmcore.arch.ArchitectureContract;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

class Arm64ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new Arm64();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("arm64", 183, 64, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(new Note("CORE", 1, 0, new byte[392]), new Note("CORE", 2, 0, new byte[528]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return Stream.of(
            new Paging(12, 39),
            new Paging(12, 48),
            new Paging(12, 52),
            new Paging(14, 36),
            new Paging(14, 47),
            new Paging(14, 48),
            new Paging(14, 52),
            new Paging(16, 42),
            new Paging(16, 48),
            new Paging(16, 52))
        .<PageTable>map(
            paging ->
                Stage1.kernel(memory, ByteOrder.LITTLE_ENDIAN, paging, root).withUserRoot(root))
        .toList();
  }

  @Override
  protected long interestingAddress(Random random) {
    return random.nextLong() >> (12 + random.nextInt(44));
  }
}
