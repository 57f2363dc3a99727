package org.vmcore.arch.x86_64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.vmcore.arch.ArchitectureContract;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.write.SyntheticDump;

class X86_64ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new X86_64();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("x86-64", 62, 64, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(new Note("CORE", 1, 0, new byte[336]), new Note("QEMU", 0, 0, new byte[440]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        X86Paging.kernel(memory, 4, 0, root),
        X86Paging.kernel(memory, 5, 0, root),
        X86Paging.kernel(memory, 4, 1L << 47, root));
  }

  @Override
  protected long interestingAddress(Random random) {
    return random.nextLong() >> (16 + random.nextInt(40));
  }
}
