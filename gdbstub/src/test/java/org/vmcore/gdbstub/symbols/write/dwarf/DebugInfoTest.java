package org.vmcore.gdbstub.symbols.write.dwarf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.gdbstub.linux.types.Btf;
import org.vmcore.gdbstub.linux.types.BtfWriter;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypeTable.Kind;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.DwarfTypes;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;

/** What is written is read again, by the reader of compilers' debug information. */
class DebugInfoTest {
  private static final int EM_X86_64 = 62;

  @TempDir private Path directory;

  static Stream<ByteOrder> orders() {
    return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
  }

  private static DebugInfo debugInfo(ByteOrder order) {
    return new DebugInfo(order, 8, "test", DebugInfo.Start.NONE);
  }

  private DwarfTypes written(ByteOrder order, DebugInfo info) throws Exception {
    ElfBuilder elf = new ElfBuilder(EM_X86_64, order, 8);
    elf.memory(".text", ElfBuilder.SHF_EXECINSTR, 0x1000, 0x1000);
    elf.contents(".debug_info", info.info().place(order, 8, 0x1000, 0).bytes());
    elf.contents(".debug_abbrev", info.abbreviations());
    elf.contents(".debug_str", info.strings());
    elf.contents(".debug_ranges", info.ranges().place(order, 8, 0x1000, 0).bytes());
    Path file = directory.resolve("made.elf");
    elf.toFile().write(file);
    return DwarfTypes.open(file, new DebugDirectories(List.of())).orElseThrow();
  }

  private static int[] addUnit(DebugInfo info, TypeTable types, int[] baseOffsets) {
    Unit unit = info.unit("unit", types, baseOffsets);
    unit.variable(name(unit, "counter"), false, DataType.unknown(4), Anchor.NONE, 0x5000);
    int[] offsets = unit.end();
    Unit.Code code = new Unit.Code(Anchor.IMAGE, 0, 16);
    Unit.Code cold = new Unit.Code(Anchor.IMAGE, 0x800, 4);
    Unit functions = info.functions("unit", types, List.of(code, cold));
    functions.function(name(functions, "walk"), true, code, cold, Unit.NO_PROTOTYPE);
    int[] known = unit.functions();
    for (int i = 0; i < known.length; i += 2) {
      functions.function(known[i], true, code, Unit.Code.NONE, known[i + 1]);
    }
    functions.end();
    return offsets;
  }

  private static int name(Unit unit, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return unit.name(bytes, 0, bytes.length);
  }

  private static List<String> members(TypeTable types, String name) {
    return ((Compound) types.named(Kind.STRUCT, name).get(0).get())
        .members().stream()
            .map(
                m ->
                    "%d:%d %s"
                        .formatted(
                            m.bitOffset(),
                            m.bitWidth(),
                            TypeNames.declaration(m.type().get(), m.name())))
            .toList();
  }

  @ParameterizedTest
  @MethodSource("orders")
  void everyKindOfTypeIsReadAsItWas(ByteOrder order) throws Exception {
    Btf btf = Btf.parse("test", BtfWriter.everyKind(order).bytes(), 8);
    DebugInfo info = debugInfo(order);
    addUnit(info, btf, new int[0]);

    DwarfTypes types = written(order, info);

    assertThat(members(types, "node"))
        .isEqualTo(members(btf, "node"))
        .containsExactly(
            "0:0 struct node *next",
            "64:0 int values[3]",
            "160:0 union {...}",
            "192:3 int low",
            "195:5 int high");
    assertThat(types.named(Kind.ENUM, "sign").get(0).get())
        .isInstanceOfSatisfying(
            Type.Enumeration.class,
            read ->
                assertThat(read.enumerators())
                    .containsExactly(
                        new Type.Enumerator("MINUS", -1), new Type.Enumerator("PLUS", 1)));
    assertThat(types.named(Kind.ENUM, "flags").get(0).get())
        .isInstanceOfSatisfying(
            Type.Enumeration.class,
            read -> assertThat(read.enumerators().get(1).value()).isEqualTo(Long.MIN_VALUE + 1));
    assertThat(
            TypeNames.of(
                ((Type.Typedef) types.named(Kind.TYPEDEF, "node_t").get(0).get()).target().get()))
        .isEqualTo("volatile const struct node");
    assertThat(types.named(Kind.BASE, "double").get(0).get()).isEqualTo(btf.type(16));
    assertThat(types.variable("counter").orElseThrow().get())
        .isEqualTo(new Type.Int("unknown_4", 4, Type.Encoding.UNSIGNED));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void aModulesTypesReferToTheKernels(ByteOrder order) throws Exception {
    BtfWriter base = BtfWriter.everyKind(order);
    Btf kernel = Btf.parse("kernel", base.bytes(), 8);
    BtfWriter split = new BtfWriter(order, base.stringsLength());
    split.type(4, false, "own", 2, 40, split.string("node"), 4, 0, split.string("self"), 21, 256);
    split.type(2, false, "", 0, 20);
    DebugInfo info = debugInfo(order);
    int[] offsets = addUnit(info, kernel, new int[0]);
    addUnit(info, kernel.parseModule("module", split.bytes()), offsets);

    assertThat(members(written(order, info), "own"))
        .containsExactly("0:0 struct node node", "256:0 struct own *self");
  }
}
