package org.vmcore.gdbstub.linux.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Two regions, one of a file whose structure the dump has not. */
class AddressSpaceTest {
  private static final long MM = 0x1000;
  private static final long CODE = 0x1040;
  private static final long HEAP = 0x1080;
  private static final long FILE = 0x9000;

  private static TypedMemory memory() {
    MadeTypes types = new MadeTypes(8);
    TypeRef word = types.word();
    TypeRef file = types.declare("file");
    TypeRef path = types.declare("path");
    types.define("path", 8, List.of(new Placed("dentry", word, 0)));
    types.define("file", 8, List.of(new Placed("f_path", path, 0)));
    TypeRef region = types.declare("vm_area_struct");
    types.define(
        "vm_area_struct",
        64,
        List.of(
            new Placed("vm_start", word, 0),
            new Placed("vm_end", word, 8),
            new Placed("vm_flags", word, 16),
            new Placed("vm_pgoff", word, 24),
            new Placed("vm_next", types.pointerTo(region), 32),
            new Placed("vm_file", types.pointerTo(file), 40)));
    types.declare("mm_struct");
    types.define(
        "mm_struct",
        64,
        List.of(
            new Placed("mmap", types.pointerTo(region), 0),
            new Placed("start_brk", word, 8),
            new Placed("brk", word, 16)));
    MadeMemory made =
        MadeMemory.at(MM, 0x100, 8)
            .int64(MM, CODE)
            .int64(MM + 8, 0x50_0000)
            .int64(MM + 16, 0x50_2000)
            .int64(CODE, 0x40_0000)
            .int64(CODE + 8, 0x40_1000)
            .int64(CODE + 32, HEAP)
            .int64(CODE + 40, FILE)
            .int64(HEAP, 0x50_0000)
            .int64(HEAP + 8, 0x50_2000);
    return new TypedMemory(made.memory(), KernelTypes.of(types), names -> Map.of());
  }

  @Test
  void aFileThatCannotBeReadIsSaidAndItsRegionShown() throws Exception {
    AddressSpace space = new AddressSpace(memory(), MM, 0);

    assertThat(space.regions())
        .extracting(MemoryRegion::start, MemoryRegion::file)
        .containsExactly(tuple(0x40_0000L, ""), tuple(0x50_0000L, "[heap]"));
    assertThat(space.problems()).hasSize(1);
    assertThat(space.problems().get(0)).startsWith("what is at 0x400000: ").contains("vm_file");
  }
}
