package org.vmcore.gdbstub.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A patch of the kernel and of a module. Members are in the order of Linux 5.4's
 * include/linux/livepatch.h.
 */
class LivePatchesTest {
  private static final long BASE = 0xffffffffc0500000L;
  private static final long PATCHES = BASE;
  private static final long PATCH = BASE + 0x100;
  private static final long OBJECTS = BASE + 0x200;
  private static final long OF_KERNEL = BASE + 0x300;
  private static final long OF_MODULE = BASE + 0x400;
  private static final long NAMES = BASE + 0x500;
  private static final long NEW_SHOW = BASE + 0x800;
  private static final long NEW_READ = BASE + 0x840;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x1000, 8);
  private final MadeTypes types = new MadeTypes(8);

  @BeforeEach
  void layout() {
    TypeRef list = types.list();
    TypeRef name = types.pointerTo(types.text(0));
    TypeRef function = types.declare("klp_func");
    types.define(
        "klp_func",
        32,
        List.of(new Placed("old_name", name, 0), new Placed("new_func", types.word(), 8)));
    TypeRef object = types.declare("klp_object");
    types.define(
        "klp_object",
        64,
        List.of(new Placed("name", name, 0), new Placed("funcs", types.pointerTo(function), 8)));
    types.declare("klp_patch");
    types.define(
        "klp_patch",
        64,
        List.of(new Placed("objs", types.pointerTo(object), 8), new Placed("list", list, 16)));
    memory
        .word(PATCHES, PATCH + 16)
        .word(PATCHES + 8, PATCH + 16)
        .word(PATCH + 8, OBJECTS)
        .word(PATCH + 16, PATCHES)
        .word(PATCH + 24, PATCHES)
        .word(OBJECTS + 8, OF_KERNEL)
        .word(OBJECTS + 64, NAMES)
        .word(OBJECTS + 64 + 8, OF_MODULE)
        .word(OF_KERNEL, NAMES + 32)
        .word(OF_KERNEL + 8, NEW_SHOW)
        .word(OF_MODULE, NAMES + 64)
        .word(OF_MODULE + 8, NEW_READ)
        .text(NAMES, "nfs")
        .text(NAMES + 32, "cmdline_proc_show")
        .text(NAMES + 64, "nfs_file_read");
  }

  private LivePatches patches(Map<String, Long> symbols) {
    return LivePatches.of(
        Optional.of(new TypedMemory(memory.memory(), KernelTypes.of(types), names -> symbols)));
  }

  @Test
  void tellsWhatAFunctionReplaces() {
    LivePatches patches = patches(Map.of("klp_patches", PATCHES));

    assertThat(patches.replacedBy(NEW_SHOW)).contains("cmdline_proc_show");
    assertThat(patches.replacedBy(NEW_READ)).contains("nfs_file_read [nfs]");
    assertThat(patches.replacedBy(NEW_SHOW + 1)).isEmpty();
  }

  /** Where a panic is, as it never returns. */
  @Test
  void aPartThatIsSeldomRunReplacesTheSame() {
    Map<String, Long> places = Map.of("lab_show", NEW_SHOW, "other", NEW_READ);
    SymbolNames symbols = new SymbolNames(Optional.empty(), List::of, List.of(names -> places));
    LivePatches patches = patches(Map.of("klp_patches", PATCHES));

    assertThat(patches.replacedBy(located("lab_show.cold", BASE + 0x900), symbols))
        .contains("cmdline_proc_show");
    assertThat(patches.replacedBy(located("lab_show", NEW_SHOW), symbols))
        .contains("cmdline_proc_show");
    assertThat(patches.replacedBy(located("unknown.cold", BASE + 0x900), symbols)).isEmpty();
  }

  private static Located located(String name, long address) {
    return new Located(new Named(name, 't', address, Optional.empty()), 0);
  }

  @Test
  void aKernelWithoutThemHasNone() {
    assertThat(patches(Map.of()).replacedBy(NEW_SHOW)).isEmpty();
    assertThat(LivePatches.of(Optional.empty()).replacedBy(NEW_SHOW)).isEmpty();
  }
}
