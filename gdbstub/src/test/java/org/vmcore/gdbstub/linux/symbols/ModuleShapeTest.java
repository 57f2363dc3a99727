package org.vmcore.gdbstub.linux.symbols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule.Area;

/** Structures of modules as gdb showed them in the memory of real machines. */
class ModuleShapeTest {
  private static KernelModule read(MadeMemory memory, long structure) {
    return ModuleShape.read(memory.memory(), structure).orElseThrow();
  }

  private static List<String> symbols(KernelModule module) {
    return module.symbols().orElseThrow().all().stream()
        .map(s -> "%x %c %s +%d".formatted(s.address(), s.type(), s.name(), s.size()))
        .toList();
  }

  /** What lies in an area of its own, but has a state that is none; a name may be anything. */
  @Test
  void otherListsAreNoModules() {
    long core = 0xffff800009000000L;
    long structure = core + 0x380;
    MadeMemory memory =
        MadeMemory.at(core, 0x2000, 8)
            .text(structure + 24, "E")
            .word(structure + 304, core)
            .int32(structure + 316, 2231)
            .int32(structure + 324, 183);
    assertThat(ModuleShape.read(memory.memory(), structure)).isPresent();
    memory.int32(structure, 0x2e207000);
    assertThat(ModuleShape.read(memory.memory(), structure)).isEmpty();
    memory.int32(structure, 0).text(structure + 24, "X\u0085..");
    assertThat(ModuleShape.read(memory.memory(), structure)).isPresent();
  }

  @Test
  void textEndsWhereDataBegin() {
    KernelModule module =
        KernelModule.of(
            "lab",
            0x1000,
            0x4000,
            Optional.empty(),
            Map.of(
                ".text", 0x1000L, ".text.unlikely", 0x1800L, ".rodata", 0x2000L, ".bss", 0x4000L));
    assertThat(module.code()).containsExactly(new Area(0x1000, 0x4000));
    assertThat(module.text()).containsExactly(new Area(0x1000, 0x1000));
  }

  /** Linux 2.6.32.67; the letter in st_info tells the type, that of the first entry too. */
  @Test
  void linux2632() {
    long core = 0xffffffffa0010000L;
    long structure = 0xffffffffa0010380L;
    MadeMemory memory =
        MadeMemory.at(core, 0x2000, 8)
            .text(structure + 24, "oldlab")
            .word(structure + 304, core)
            .int32(structure + 316, 2231)
            .int32(structure + 324, 183)
            .word(structure + 360, 0xffffffffa0010600L)
            .word(structure + 368, 0xffffffffa0010600L)
            .int32(structure + 376, 3)
            .int32(structure + 380, 3)
            .word(structure + 384, 0xffffffffa00107c8L)
            .word(structure + 392, 0xffffffffa00107c8L)
            .symbol(0xffffffffa0010600L, 0, 'U', 0, 0, 0)
            .symbol(0xffffffffa0010618L, 1, 't', 2, 0xffffffffa0010000L, 1)
            .symbol(0xffffffffa0010630L, 13, 't', 2, 0xffffffffa0010010L, 63)
            .text(0xffffffffa00107c9L, "oldlab_tick")
            .text(0xffffffffa00107d5L, "oldlab_level3");

    KernelModule module = read(memory, structure);

    assertThat(module.name()).isEqualTo("oldlab");
    assertThat(module.base()).isEqualTo(core);
    assertThat(module.size()).isEqualTo(2231);
    assertThat(module.initialisation()).isEmpty();
    assertThat(symbols(module))
        .containsExactly(
            "ffffffffa0010000 t oldlab_tick +1", "ffffffffa0010010 t oldlab_level3 +63");
  }

  /** Linux 3.10.99 on i386, where two counts are two words. */
  @Test
  void linux310On32Bits() {
    long core = 0xc77f9000L;
    long structure = 0xc77f9320L;
    MadeMemory memory =
        MadeMemory.at(core, 0x2000, 4)
            .text(structure + 12, "oldlab")
            .word(structure + 196, core)
            .int32(structure + 204, 1761)
            .int32(structure + 212, 161)
            .word(structure + 244, 0xc77f94bcL)
            .word(structure + 248, 0xc77f94bcL)
            .int32(structure + 252, 2)
            .int32(structure + 256, 2)
            .word(structure + 260, 0xc77f95ecL)
            .word(structure + 264, 0xc77f95ecL)
            .hex(0xc77f94bcL, "00000000000000000000000055000000")
            .hex(0xc77f94ccL, "0100000000907fc70100000074000200")
            .text(0xc77f95edL, "oldlab_tick");

    KernelModule module = read(memory, structure);

    assertThat(module.size()).isEqualTo(1761);
    assertThat(symbols(module)).containsExactly("c77f9000 t oldlab_tick +1");
  }

  /** Linux 4.4.155, whose stable series has the mod_kallsyms of 4.5 beside the older areas. */
  @Test
  void linux44() {
    long core = 0xffffffffc028d000L;
    long structure = 0xffffffffc028d380L;
    MadeMemory memory = linux44(core, structure);

    KernelModule module = read(memory, structure);

    assertThat(module.base()).isEqualTo(core);
    assertThat(module.size()).isEqualTo(2467);
    assertThat(symbols(module)).containsExactly("ffffffffc028d000 t oldlab_tick +1");
  }

  private static MadeMemory linux44(long core, long structure) {
    return MadeMemory.at(core, 0x8000, 8)
        .text(structure + 24, "oldlab")
        .word(structure + 392, core)
        .int32(structure + 404, 2467)
        .int32(structure + 412, 173)
        .word(structure + 568, structure + 576)
        .word(structure + 576, 0xffffffffc028d6c0L)
        .int32(structure + 584, 2)
        .word(structure + 592, 0xffffffffc028d8a0L)
        .symbol(0xffffffffc028d6c0L, 0, 'U', 0, 0, 0)
        .symbol(0xffffffffc028d6d8L, 1, 't', 2, 0xffffffffc028d000L, 1)
        .text(0xffffffffc028d8a1L, "oldlab_tick");
  }

  /**
   * A module of the same kernel while its init function runs: its tables are still those of the
   * file, among what will be freed.
   */
  @Test
  void aModuleThatIsBeingInitialised() {
    long core = 0xffffffffc028d000L;
    long structure = 0xffffffffc028d380L;
    long init = 0xffffffffc0290000L;
    MadeMemory memory =
        linux44(core, structure)
            .word(structure + 384, init)
            .int32(structure + 400, 0x2000)
            .int32(structure + 408, 0x80)
            .word(structure + 568, init + 0x1000)
            .word(init + 0x1000, init + 0x1100)
            .int32(init + 0x1008, 2)
            .word(init + 0x1010, init + 0x1200)
            .symbol(init + 0x1100, 0, 'U', 0, 0, 0)
            .symbol(init + 0x1118, 1, 't', 5, init, 64)
            .text(init + 0x1201, "oldlab_init");

    KernelModule module = read(memory, structure);

    assertThat(module.size()).isEqualTo(2467);
    assertThat(module.initialisation()).containsExactly(new Area(init, 0x2000));
    assertThat(module.hasCodeAt(init + 0x10)).isTrue();
    assertThat(symbols(module)).containsExactly("ffffffffc0290000 t oldlab_init +64");
  }

  /** A core_layout and an init_layout in a tree (4.5 to 6.3). */
  @Test
  void layoutsWithTheirNodes() {
    long core = 0xffffffffc0000000L;
    long structure = core + 0x2340;
    long init = core + 0x5000;
    MadeMemory memory =
        MadeMemory.at(core, 0x8000, 8)
            .text(structure + 24, "crashme")
            .word(structure + 320, core)
            .int32(structure + 328, 0x4000)
            .int32(structure + 332, 0x1000)
            .word(structure + 344, structure)
            .word(structure + 400, init)
            .int32(structure + 408, 0x2000)
            .int32(structure + 412, 0x1000)
            .word(structure + 424, structure);

    KernelModule module = read(memory, structure);

    assertThat(module.size()).isEqualTo(0x4000);
    assertThat(module.initialisation()).containsExactly(new Area(init, 0x2000));
  }

  /** Pieces without CONFIG_MODULES_TREE_LOOKUP (since 6.4). */
  @Test
  void piecesWithoutNodes() {
    long text = 0xffffffffc0000000L;
    long data = text + 0x2000;
    long structure = data + 0x100;
    MadeMemory memory =
        MadeMemory.at(text, 0x8000, 8)
            .text(structure + 24, "crashme")
            .word(structure + 320, text)
            .int32(structure + 328, 0x1000)
            .word(structure + 336, data)
            .int32(structure + 344, 0x1000)
            .word(structure + 352, text + 0x4000)
            .int32(structure + 360, 0x1000)
            .word(structure + 384, text + 0x6000)
            .int32(structure + 392, 0x1000);

    KernelModule module = read(memory, structure);

    assertThat(module.base()).isEqualTo(text);
    assertThat(module.size()).isEqualTo(0x3000);
    assertThat(module.initialisation()).containsExactly(new Area(text + 0x6000, 0x1000));
  }
}
