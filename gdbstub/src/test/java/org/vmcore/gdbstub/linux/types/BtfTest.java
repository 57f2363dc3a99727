package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.types.TypeTable.Kind;

/** BTF written by hand, number by number as the kernel's documentation has them. */
class BtfTest {
  private static final int INT = 1;
  private static final int PTR = 2;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int ENUM = 6;
  private static final int TYPEDEF = 8;
  private static final int CONST = 10;
  private static final int FUNC_PROTO = 13;

  private static ByteOrder order(String name) {
    return name.equals("little") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
  }

  private static Compound struct(TypeTable table, String name) {
    return (Compound) table.named(Kind.STRUCT, name).get(0).get();
  }

  @ParameterizedTest
  @ValueSource(strings = {"little", "big"})
  void readsEveryKind(String order) throws BtfException {
    Btf btf = Btf.parse("test", BtfWriter.everyKind(order(order)).bytes(), 8);

    assertThat(btf.endId()).isEqualTo(20);
    assertThat(btf.type(1)).isEqualTo(new Type.Int("int", 4, Type.Encoding.SIGNED));
    assertThat(TypeNames.of(btf.type(2))).isEqualTo("struct node *");
    assertThat(TypeNames.declaration(btf.type(3), "a")).isEqualTo("int a[3]");
    assertThat(btf.type(3).size()).hasValue(12);
    assertThat(btf.type(6))
        .isInstanceOfSatisfying(
            Type.Enumeration.class,
            e ->
                assertThat(e.enumerators())
                    .containsExactly(
                        new Type.Enumerator("MINUS", -1), new Type.Enumerator("PLUS", 1)));
    assertThat(TypeNames.of(btf.type(7))).isEqualTo("union later");
    assertThat(TypeNames.of(btf.type(9))).isEqualTo("volatile const struct node");
    assertThat(btf.type(8).resolved()).isSameAs(btf.type(4));
    assertThat(TypeNames.declaration(btf.type(11), "p")).isEqualTo("struct node *restrict p");
    assertThat(TypeNames.declaration(btf.type(12), "f"))
        .isEqualTo("int f(struct node *node, int n, ...)");
    assertThat(btf.variables())
        .containsExactly(
            new TypeTable.Variable(
                "nodes", new TypeRef(btf, 4), false, Optional.of(".data..percpu"), 16));
    assertThat(btf.type(16)).isEqualTo(new Type.Floating("double", 8));
    assertThat(btf.type(18).resolved()).isSameAs(btf.type(4));
    assertThat(btf.type(19))
        .isInstanceOfSatisfying(
            Type.Enumeration.class,
            e -> assertThat(e.enumerators().get(1).value()).isEqualTo(Long.MIN_VALUE + 1));
    for (int none : new int[] {-1, 0, 13, 14, 15, 17, 20, Integer.MAX_VALUE}) {
      assertThat(btf.type(none)).isEqualTo(new Type.VoidType());
    }
  }

  @Test
  void findsMembersAsC() throws BtfException {
    Compound node =
        struct(Btf.parse("test", BtfWriter.everyKind(ByteOrder.LITTLE_ENDIAN).bytes(), 8), "node");

    assertThat(node.size()).hasValue(32);
    assertThat(node.offsetOf("values[2]")).hasValue(16);
    assertThat(node.offsetOf("inner")).hasValue(20);
    assertThat(node.path("high").orElseThrow().steps())
        .containsExactly(new MemberPath.Step(195, node.members().get(4).type(), 5));
    assertThat(node.offsetOf("high")).isEmpty();
    assertThat(node.path("next->next->values[1]").orElseThrow().steps())
        .extracting(MemberPath.Step::bitOffset)
        .containsExactly(0L, 0L, 96L);
    for (String absent :
        new String[] {
          "", "other", "values[3]", "values.x", "next.values", "next->", "values[", "->x"
        }) {
      assertThat(node.has(absent)).as(absent).isFalse();
    }
  }

  @Test
  void looksUpNamesInTheirNameSpace() throws BtfException {
    BtfWriter writer = new BtfWriter(ByteOrder.LITTLE_ENDIAN);
    writer.type(STRUCT, false, "same", 0, 1);
    writer.type(TYPEDEF, false, "same", 0, 1);
    writer.type(STRUCT, false, "same", 0, 2);
    writer.type(ENUM, false, "declared", 0, 4);
    KernelTypes types = KernelTypes.of(Btf.parse("test", writer.bytes(), 8));

    assertThat(types.kernel().named(Kind.STRUCT, "same"))
        .extracting(TypeRef::id)
        .containsExactly(1, 3);
    assertThat(types.find("struct same").map(TypeRef::id)).contains(1);
    assertThat(types.find("same").map(TypeRef::id)).contains(2);
    assertThat(types.find("enum declared")).isEmpty();
    assertThat(types.find("struct other")).isEmpty();
  }

  @Test
  void aModulesTypesGoOnWhereTheKernelsEnd() throws BtfException {
    BtfWriter base = BtfWriter.everyKind(ByteOrder.LITTLE_ENDIAN);
    Btf kernel = Btf.parse("kernel", base.bytes(), 8);
    BtfWriter split = new BtfWriter(ByteOrder.LITTLE_ENDIAN, base.stringsLength());
    split.type(STRUCT, false, "own", 1, 32, split.string("node"), 4, 0);
    Btf module = kernel.parseModule("module", split.bytes());

    assertThat(module.firstId()).isEqualTo(20);
    assertThat(struct(module, "own").offsetOf("node.inner")).hasValue(20);
    assertThat(module.type(4)).isSameAs(kernel.type(4));
    assertThat(module.named(Kind.STRUCT, "node")).isEmpty();
  }

  /** Before pahole 1.13 the type of a bit-field was an integer of fewer bits than its bytes. */
  @Test
  void aBitFieldsWidthMayBeThatOfItsType() throws BtfException {
    BtfWriter writer = new BtfWriter(ByteOrder.LITTLE_ENDIAN);
    writer.type(INT, false, "unsigned int", 0, 4, 2 << 16 | 3);
    writer.type(STRUCT, false, "old", 1, 4, writer.string("bits"), 1, 8);

    Member bits = struct(Btf.parse("test", writer.bytes(), 8), "old").members().get(0);

    assertThat(bits.bitOffset()).isEqualTo(10);
    assertThat(bits.bitWidth()).isEqualTo(3);
  }

  @Test
  void aKindThatIsNewIsPassedOverWhereItsLengthIsTold() throws BtfException {
    BtfWriter writer = new BtfWriter(ByteOrder.LITTLE_ENDIAN);
    writer.type(22, false, "new", 2, 0, 1, 2, 3, 4, 5, 6, 7);
    writer.type(STRUCT, false, "known", 0, 8);
    int[] layout = new int[23];
    layout[22] = 4 << 8 | 12;

    assertThat(struct(Btf.parse("test", writer.bytes(layout), 8), "known").size()).hasValue(8);
    assertThatThrownBy(() -> Btf.parse("test", writer.bytes(), 8))
        .isInstanceOf(BtfException.class)
        .hasMessage("test: at offset 0x18: kind: 22 of type 1 is not known");
  }

  /** Types that are made of themselves, as only damage has them. */
  @Test
  void circlesEnd() throws BtfException {
    BtfWriter writer = new BtfWriter(ByteOrder.LITTLE_ENDIAN);
    writer.type(TYPEDEF, false, "a", 0, 2);
    writer.type(CONST, false, "", 0, 1);
    writer.type(ARRAY, false, "", 0, 0, 3, 3, 2);
    writer.type(PTR, false, "", 0, 4);
    writer.type(STRUCT, false, "self", 2, 8, 0, 5, 0, 0, 5, 0);
    writer.type(FUNC_PROTO, false, "", 2, 6, 0, 6, 0, 6);
    Btf btf = Btf.parse("test", writer.bytes(), 8);

    assertThat(btf.type(1).resolved()).isEqualTo(new Type.VoidType());
    assertThat(btf.type(3).size()).isEmpty();
    assertThat(TypeNames.of(btf.type(3))).startsWith("...");
    assertThat(TypeNames.of(btf.type(4))).startsWith("...");
    assertTimeoutPreemptively(
        Duration.ofMinutes(3),
        () -> {
          assertThat(struct(btf, "self").has("x")).isFalse();
          assertThat(TypeNames.of(btf.type(6))).contains("...");
        });
  }

  /** Damaged BTF is refused or read, as it happens, and costs no more than whole BTF. */
  @ParameterizedTest
  @ValueSource(strings = {"little", "big"})
  void survivesDamage(String order) {
    byte[] whole = BtfWriter.everyKind(order(order)).bytes();
    Random random = new Random(5);
    assertTimeoutPreemptively(
        Duration.ofMinutes(3),
        () -> {
          for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
              damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (random.nextInt(4) == 0) {
              damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            exercise(damaged);
          }
        });
  }

  private static void exercise(byte[] bytes) {
    Btf btf;
    try {
      btf = Btf.parse("damaged", bytes, 8);
    } catch (BtfException e) {
      assertThat(e).hasMessageStartingWith("damaged: at offset 0x");
      return;
    }
    for (int id = btf.firstId(); id < btf.endId(); id++) {
      Type type = btf.type(id);
      assertThat(TypeNames.declaration(type, "x")).isNotEmpty();
      type.size();
      if (type instanceof Compound compound) {
        compound.has("next->inner");
      }
    }
    btf.variables();
    btf.named(Kind.STRUCT, "node");
  }
}
