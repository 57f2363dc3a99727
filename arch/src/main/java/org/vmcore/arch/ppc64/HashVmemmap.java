package org.vmcore.arch.ppc64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * The array of struct page with the hash MMU. The kernel maps it in the hash table alone, and keeps
 * a list of what it mapped for dump tools (Linux arch/powerpc/mm/init_64.c, vmemmap_list; all that
 * is needed to read it is in VMCOREINFO, arch/powerpc/kexec/core.c).
 */
final class HashVmemmap {
  /** More pieces than any machine has: 16 MiB of struct page describe 16 GiB or more of memory. */
  private static final int MAX_PIECES = 1 << 20;

  private static final int MAX_PAGE_SHIFT = 34;

  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final Vmcoreinfo vmcoreinfo;

  HashVmemmap(PhysicalMemory physical, ByteOrder order, Vmcoreinfo vmcoreinfo) {
    this.physical = physical;
    this.order = order;
    this.vmcoreinfo = vmcoreinfo;
  }

  /** What is mapped, ascending; empty where the kernel has no such array or tells nothing of it. */
  List<LinearMap.Region> regions() {
    OptionalLong list = vmcoreinfo.symbol("vmemmap_list");
    OptionalLong next = vmcoreinfo.offset("vmemmap_backing.list");
    OptionalLong phys = vmcoreinfo.offset("vmemmap_backing.phys");
    OptionalLong virtual = vmcoreinfo.offset("vmemmap_backing.virt_addr");
    int shift = pageShift();
    List<LinearMap.Region> pieces = new ArrayList<>();
    if (list.isEmpty() || next.isEmpty() || phys.isEmpty() || virtual.isEmpty() || shift == 0) {
      return pieces;
    }
    long backing = word(list.getAsLong());
    for (int i = 0; backing != 0 && i < MAX_PIECES; i++) {
      long start = word(backing + virtual.getAsLong());
      if (start != 0) {
        long physicalStart = word(backing + phys.getAsLong());
        pieces.add(
            new LinearMap.Region("vmemmap", start, physicalStart, 1L << shift, "vmemmap_list"));
      }
      backing = word(backing + next.getAsLong());
    }
    return merge(pieces);
  }

  /** {@code mmu_psize_defs[mmu_vmemmap_psize].shift}, or 0 when that is not told. */
  private int pageShift() {
    OptionalLong index = vmcoreinfo.symbol("mmu_vmemmap_psize");
    OptionalLong definitions = vmcoreinfo.symbol("mmu_psize_defs");
    OptionalLong size = vmcoreinfo.size("mmu_psize_def");
    OptionalLong offset = vmcoreinfo.offset("mmu_psize_def.shift");
    if (index.isEmpty() || definitions.isEmpty() || size.isEmpty() || offset.isEmpty()) {
      return 0;
    }
    long at = definitions.getAsLong() + half(index.getAsLong()) * size.getAsLong();
    long shift = half(at + offset.getAsLong());
    return shift >= PpcLayout.SMALL_PAGE_SHIFT && shift <= MAX_PAGE_SHIFT ? (int) shift : 0;
  }

  private static List<LinearMap.Region> merge(List<LinearMap.Region> pieces) {
    pieces.sort(Comparator.comparingLong(LinearMap.Region::virtualStart));
    List<LinearMap.Region> merged = new ArrayList<>();
    for (LinearMap.Region piece : pieces) {
      LinearMap.Region last = merged.isEmpty() ? piece : merged.get(merged.size() - 1);
      if (last.virtualStart() + last.size() == piece.virtualStart()
          && last.physicalStart() + last.size() == piece.physicalStart()) {
        merged.set(
            merged.size() - 1,
            new LinearMap.Region(
                last.name(),
                last.virtualStart(),
                last.physicalStart(),
                last.size() + piece.size(),
                last.source()));
      } else {
        merged.add(piece);
      }
    }
    return merged;
  }

  private long word(long linearAddress) {
    ByteBuffer bytes = read(linearAddress, Long.BYTES);
    return bytes.getLong();
  }

  private int half(long linearAddress) {
    return read(linearAddress, Integer.BYTES).getInt();
  }

  /** Zero where the dump has nothing. */
  private ByteBuffer read(long linearAddress, int length) {
    byte[] bytes = new byte[length];
    boolean complete =
        physical.read(PpcKernelSpace.toPhysical(linearAddress), bytes, 0, length).isComplete();
    return ByteBuffer.wrap(complete ? bytes : new byte[length]).order(order);
  }
}
