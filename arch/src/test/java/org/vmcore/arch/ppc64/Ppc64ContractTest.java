package org.vmcore.arch.ppc64;

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

class Ppc64ContractTest extends ArchitectureContract {
  @Override
  protected Architecture architecture() {
    return new Ppc64();
  }

  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("ppc64", 21, 64, ByteOrder.BIG_ENDIAN);
  }

  @Override
  protected List<Note> sampleNotes() {
    return List.of(
        new Note("CORE", 1, 0, new byte[504]),
        new Note("CORE", 2, 0, new byte[264]),
        new Note("CORE", 0x100, 0, new byte[544]),
        new Note("CORE", 0x102, 0, new byte[256]),
        new Note("CORE", 0x101, 0, new byte[140]));
  }

  @Override
  protected List<PageTable> pageTables(PhysicalMemory memory, long root) {
    return List.of(
        table(memory, true, 16, root),
        table(memory, true, 12, root),
        table(memory, false, 16, root),
        table(memory, false, 12, root),
        table(memory, true, 16, root).inRealMode());
  }

  private static PpcPageTable table(PhysicalMemory memory, boolean radix, int shift, long root) {
    return PpcPageTable.kernel(memory, PpcLayout.usual(radix, shift), root, LinearMap.NONE)
        .withUserRoot(root);
  }

  @Override
  protected long interestingAddress(Random random) {
    long kernel = random.nextBoolean() ? 0xcL << 60 : 0;
    return kernel | (random.nextLong() >>> (12 + random.nextInt(40)));
  }

  /** vs0 to vs31 are f0 to f31 with these. */
  @Override
  protected boolean isOnlyShownAsPart(Register register) {
    return register.name().matches("vs\\d+h");
  }
}
