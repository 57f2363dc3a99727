package org.vmcore.gdbstub.linux;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Memory of a kernel whose image is at physical address 0. */
public final class LinearKernel {
  private static final int EM_X86_64 = 62;

  private LinearKernel() {}

  /**
   * @param base virtual address of the image
   */
  public static KernelMemory memory(long base, ByteOrder byteOrder, int word, byte[] image) {
    SyntheticDump dump =
        SyntheticDump.builder("test", EM_X86_64, 64, byteOrder).write(0, image).build();
    PageTable linear =
        new PageTable() {
          @Override
          public Translation translate(long virtualAddress) {
            return new Translation.Mapped(virtualAddress - base, 4096 - (virtualAddress & 4095));
          }

          @Override
          public PageWalk walk(long virtualAddress) {
            return new PageWalk(virtualAddress, List.of(), translate(virtualAddress));
          }
        };
    return new KernelMemory(new VirtualMemory(dump.memory(), linear), byteOrder, word);
  }
}
