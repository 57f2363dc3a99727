package org.vmcore.arch.arm;

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

class ArmContractTest extends ArchitectureContract {
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final long FIRST_KERNEL_ADDRESS = 0xbf000000L;

  @Override
  protected Architecture architecture() {
    return new Arm();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("arm", 40, 32, ORDER);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(
        new Note("CORE", 1, 0, new byte[148]), new Note("LINUX", 0x400, 0, new byte[260]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        RadixPageTable.kernel(
            memory, new ShortDescriptors(memory, ORDER, FIRST_KERNEL_ADDRESS), root),
        RadixPageTable.kernel(memory, new LongDescriptors(ORDER, FIRST_KERNEL_ADDRESS), root));
  }

  @Override
  protected long interestingAddress(Random random) {
    return Integer.toUnsignedLong(random.nextInt());
  }
}
