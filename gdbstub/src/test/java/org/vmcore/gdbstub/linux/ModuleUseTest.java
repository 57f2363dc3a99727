package org.vmcore.gdbstub.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * A module that is used once, as loop was on the machines whose layouts these are, and by another
 * one. How the count was spread over the CPUs is made up; a share may be negative.
 */
class ModuleUseTest {
  private static final long BASE = 0xffffffffa0000000L;
  private static final long MODULE = BASE;
  private static final long USER = BASE + 0x400;
  private static final long USE = BASE + 0x800;
  private static final long SHARES = BASE + 0x900;
  private static final long OFFSETS = BASE + 0xf00;
  private static final long MASK = BASE + 0xf80;
  private static final int PER_CPU = 0x100;
  private static final int NAME = 24;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x1000, 8);
  private final MadeTypes types = new MadeTypes(8);
  private final TypeRef list = types.list();
  private final TypeRef module = types.declare("module");

  private ModuleUse use(
      int listAt, String listName, Placed counter, String nextName, String userName)
      throws Exception {
    List<Placed> members =
        new ArrayList<>(List.of(new Placed("name", types.text(56), NAME), counter));
    members.add(new Placed(listName, list, listAt));
    types.define("module", 504, members);
    types.declare("module_use");
    types.define(
        "module_use",
        48,
        List.of(new Placed(nextName, list, 0), new Placed(userName, types.pointerTo(module), 32)));
    memory
        .text(MODULE + NAME, "loop")
        .text(USER + NAME, "oldlab")
        .word(MODULE + listAt, USE)
        .word(MODULE + listAt + 8, USE)
        .word(USE, MODULE + listAt)
        .word(USE + 8, MODULE + listAt)
        .word(USE + 32, USER)
        .word(OFFSETS, 0)
        .word(OFFSETS + 8, PER_CPU)
        .word(MASK, 0b11);
    LinuxKernel kernel =
        LinuxKernel.open(
            memory.memory(),
            Optional.empty(),
            List.of(names -> Map.of("__per_cpu_offset", OFFSETS, "__cpu_present_mask", MASK)),
            needed -> Optional.empty());
    TypedMemory typed = new TypedMemory(memory.memory(), KernelTypes.of(types), names -> Map.of());
    return new ModuleUse(kernel, typed.object("struct module", MODULE));
  }

  private void assertIsUsedOnce(ModuleUse use) {
    assertThat(use.count()).contains(1L);
    assertThat(use.users()).contains("oldlab,");
  }

  /** {@code char *refptr}, to a {@code local_t} of each CPU. */
  @Test
  void linux2632() throws Exception {
    memory.word(MODULE + 464, SHARES).word(SHARES, 3).word(SHARES + PER_CPU, -2L);

    assertIsUsedOnce(
        use(
            432,
            "modules_which_use_me",
            new Placed("refptr", types.pointerTo(types.text(0)), 464),
            "list",
            "module_which_uses"));
  }

  /** Without SMP, the {@code local_t} itself. */
  @Test
  void linux2632ForOneCpu() throws Exception {
    TypeRef local = types.declare("local");
    types.define("local", 8, List.of(new Placed("counter", types.word(), 0)));
    memory.word(MODULE + 464, 1);

    assertIsUsedOnce(
        use(
            432,
            "modules_which_use_me",
            new Placed("ref", local, 464),
            "list",
            "module_which_uses"));
  }

  @Test
  void linux310() throws Exception {
    TypeRef shares = types.declare("module_ref");
    types.define(
        "module_ref",
        16,
        List.of(new Placed("incs", types.word(), 0), new Placed("decs", types.word(), 8)));
    memory
        .word(MODULE + 496, SHARES)
        .word(SHARES, 4)
        .word(SHARES + 8, 1)
        .word(SHARES + PER_CPU + 8, 2);

    assertIsUsedOnce(
        use(
            448,
            "source_list",
            new Placed("refptr", types.pointerTo(shares), 496),
            "source_list",
            "source"));
  }

  /** One more than is told. */
  @Test
  void linux44() throws Exception {
    TypeRef atomic = types.declare("atomic");
    types.define("atomic", 4, List.of(new Placed("counter", types.integer(), 0)));
    memory.int32(MODULE + 500, 2);

    assertIsUsedOnce(
        use(448, "source_list", new Placed("refcnt", atomic, 500), "source_list", "source"));
  }
}
