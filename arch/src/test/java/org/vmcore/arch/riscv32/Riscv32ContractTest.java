package org.vmcore.arch.riscv32;

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

class Riscv32ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new Riscv32();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("riscv32", 243, 32, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(new Note("CORE", 1, 0, new byte[204]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        RadixPageTable.kernel(memory, new Sv32(0xc0000000L), root),
        RadixPageTable.kernel(memory, new Sv32(0x9c800000L), root));
  }

  @Override
  protected long interestingAddress(Random random) {
    return random.nextLong() >>> (32 + random.nextInt(3));
  }
}
