package org.vmcore.gdbstub.inspect.memory;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.mm.DirectMap;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.mm.PageStates;
import org.vmcore.gdbstub.linux.mm.SlabContents;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What a dump tells of its pages: where their descriptors are, and what those say. */
public record PageKnowledge(Call call, TypedMemory typed, PageFrames frames, PageStates states) {
  /** That of the machine that is asked about. */
  public static PageKnowledge of(Call call) throws MissingFactException {
    Optional<Vmcoreinfo> info = call.machine().vmcoreinfo();
    TypedMemory typed = call.typed();
    PageFrames frames =
        new PageFrames(
            typed.memory(),
            info.orElseThrow(
                () -> new MissingFactException("without VMCOREINFO no struct page can be found")));
    if (frames.structSize() == 0) {
      throw new MissingFactException("VMCOREINFO does not tell where the struct pages are");
    }
    return new PageKnowledge(call, typed, frames, new PageStates(typed, frames, info));
  }

  /** The slabs of caches. */
  SlabContents slabs() throws MissingFactException, KernelReadException {
    DirectMap map =
        DirectMap.of(call.machine().linux())
            .orElseThrow(() -> new MissingFactException("the direct map cannot be found"));
    return new SlabContents(typed, call.cpus(), frames, map);
  }

  /** Where a virtual address of the kernel's leads. */
  OptionalLong physical(long address) throws MissingFactException {
    return typed.memory().memory().translate(address) instanceof Translation.Mapped mapped
        ? OptionalLong.of(mapped.physicalAddress())
        : OptionalLong.empty();
  }

  /** The frame of a physical address, if something describes it. */
  OptionalLong described(long physical) {
    long frame = Long.divideUnsigned(physical, frames.pageBytes());
    return frames.descriptor(frame).isPresent() ? OptionalLong.of(frame) : OptionalLong.empty();
  }
}
