package org.vmcore.gdbstub.port.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.port.api.FunctionCode;
import org.vmcore.gdbstub.port.flow.PointerFlow;

/** Pointers that are followed through code of A64. */
class Arm64StepsTest {
  private static final long START = 0x1000;
  private static final long GET = 0x2000;
  private static final int RET = 0xd65f03c0;

  private final MadeTypes types = new MadeTypes(Long.BYTES);
  private final TypeRef file = types.declare("file");
  private final TypeRef inode = types.declare("inode");
  private final TypeRef superBlock = types.declare("super_block");

  Arm64StepsTest() {
    types.define("super_block", 16, List.of(new Placed("magic", types.word(), 0)));
    types.define("inode", 48, List.of(new Placed("sb", types.pointerTo(superBlock), 40)));
    types.define("file", 40, List.of(new Placed("inode", types.pointerTo(inode), 32)));
  }

  private PointerFlow flow(List<TypeRef> parameters, int... words) {
    ByteBuffer code = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      code.putInt(word);
    }
    List<Type.Parameter> taken =
        parameters.stream().map(type -> new Type.Parameter("", type)).toList();
    Type.Prototype get = new Type.Prototype(types.pointerTo(file), List.of(), false);
    return new PointerFlow(
        new FunctionCode(
            START,
            code.array(),
            Optional.of(new Type.Prototype(types.word(), taken, false)),
            Map.of(),
            address -> address == GET ? Optional.of(get) : Optional.empty()),
        new Arm64Steps());
  }

  private PointerFlow flow(int... words) {
    return flow(List.of(types.pointerTo(file), types.pointerTo(inode)), words);
  }

  private static Optional<String> name(Optional<Type> type) {
    return type.map(known -> ((Compound) known).name());
  }

  /** {@code ldr x0, [x0, #32]; ldr x0, [x0, #40]; ldrsw x0, [x0, #8]; ret}. */
  @Test
  void membersThatAreLoadedAreFollowed() {
    PointerFlow flow = flow(0xf9401000, 0xf9401400, 0xb9800800, RET);
    assertThat(name(flow.pointee("x0", START))).contains("file");
    assertThat(name(flow.pointee("x0", START + 4))).contains("inode");
    assertThat(name(flow.pointee("x0", START + 8))).contains("super_block");
    assertThat(flow.pointee("x0", START + 12)).isEmpty();
  }

  /** {@code mov x19, x0; bl get; ldr x1, [x19, #32]; ldp x2, x3, [x1, #40]; ret}. */
  @Test
  void aCallKeepsSomeRegistersAndGivesOne() {
    PointerFlow flow = flow(0xaa0003f3, 0x940003ff, 0xf9401261, 0xa9428c22, RET);
    assertThat(name(flow.pointee("x0", START + 8))).contains("file");
    assertThat(flow.pointee("x1", START + 8)).isEmpty();
    assertThat(name(flow.pointee("x1", START + 12))).contains("inode");
    assertThat(name(flow.pointee("x2", START + 16))).contains("super_block");
    assertThat(flow.pointee("x3", START + 16)).isEmpty();
    assertThat(flow.passed(START + 8, GET)).containsOnlyKeys("x0", "x1");
  }

  /** {@code cbz x2, 1f; mov x0, x1; 1: ldr x3, [x0, #8]; ret}. */
  @Test
  void whereWaysMeetOnlyWhatTheyAgreeOnIsKnown() {
    PointerFlow flow = flow(0xb4000042, 0xaa0103e0, 0xf9400403, RET);
    assertThat(flow.pointee("x0", START + 8)).isEmpty();
    assertThat(name(flow.pointee("x1", START + 8))).contains("inode");
  }

  /** {@code ldr x3, [x0, #32]!; add x4, x1, #0; str x0, [x1]; strb w1, [x2], #1; ret}. */
  @Test
  void aBaseThatMovesIsNotKnownAndWhatIsStoredIs() {
    PointerFlow flow = flow(0xf8420c03, 0x91000024, 0xf9000020, 0x38001441, RET);
    assertThat(flow.pointee("x0", START + 4)).isEmpty();
    assertThat(name(flow.pointee("x3", START + 4))).contains("inode");
    assertThat(name(flow.pointee("x4", START + 16))).contains("inode");
    assertThat(name(flow.pointee("x1", START + 16))).contains("inode");
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      assertThat(flow(random.ints(40).toArray()).pointee("x0", START + 4)).isNotNull();
    }
  }
}
