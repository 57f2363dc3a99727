package org.vmcore.arch.riscv64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.vmcore.arch.ArchitectureContract;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.riscv64.RiscvPaging.Mode;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

class Riscv64ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new Riscv64();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("riscv64", 243, 64, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(new Note("CORE", 1, 0, new byte[376]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return Stream.of(Mode.values())
        .flatMap(mode -> Stream.of(new RiscvPaging(mode, false), new RiscvPaging(mode, true)))
        .map(format -> (PageTable) RadixPageTable.kernel(memory, format, root))
        .toList();
  }

  @Override
  protected long interestingAddress(Random random) {
    return random.nextLong() >> (7 + random.nextInt(50));
  }
}
