package org.vmcore.gdbstub.port.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
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

/** Code as gcc 12 makes it with -O2 of the C that stands before it. */
class PointerFlowTest {
  private static final long START = 0x1000;
  private static final long GET = 0x2000;

  private final MadeTypes types = new MadeTypes(Long.BYTES);
  private final TypeRef file = types.declare("file");
  private final TypeRef inode = types.declare("inode");
  private final TypeRef superBlock = types.declare("super_block");

  PointerFlowTest() {
    types.define(
        "super_block",
        16,
        List.of(new Placed("magic", types.word(), 0), new Placed("flags", types.integer(), 8)));
    types.define("inode", 48, List.of(new Placed("sb", types.pointerTo(superBlock), 40)));
    types.define("file", 40, List.of(new Placed("inode", types.pointerTo(inode), 32)));
  }

  private PointerFlow flow(String code, TypeRef... parameters) {
    List<Type.Parameter> taken =
        List.of(parameters).stream().map(type -> new Type.Parameter("", type)).toList();
    return flow(code, Optional.of(new Type.Prototype(types.word(), taken, false)), Map.of());
  }

  private PointerFlow flow(
      String code, Optional<Type.Prototype> prototype, Map<String, Type> given) {
    Type.Prototype get = new Type.Prototype(types.pointerTo(file), List.of(), false);
    return new PointerFlow(
        new FunctionCode(
            START,
            HexFormat.of().parseHex(code.replace(" ", "")),
            prototype,
            given,
            address -> address == GET ? Optional.of(get) : Optional.empty()),
        new X86Steps());
  }

  private static Optional<String> name(Optional<Type> type) {
    return type.map(known -> ((Compound) known).name());
  }

  /** {@code int f(struct file *f) { return f->inode->sb->flags; }}. */
  @Test
  void membersThatAreLoadedAreFollowed() {
    PointerFlow flow = flow("488b4720 488b4028 48634008 c3", types.pointerTo(file));
    assertThat(name(flow.pointee("rdi", START))).contains("file");
    assertThat(name(flow.pointee("rax", START + 4))).contains("inode");
    assertThat(name(flow.pointee("rax", START + 8))).contains("super_block");
    assertThat(flow.pointee("rax", START + 12)).isEmpty();
  }

  /**
   * {@code long f(struct file *f, int n) { long x = 0; for (int i = 0; i < n; i++) { get(); x +=
   * f->inode->sb->flags; } return x; }}.
   */
  @Test
  void whatACallKeepsIsKnownInALoop() {
    PointerFlow flow =
        flow(
            "4155 4154 55 53 4883ec08 85f6 7e42 4989fd 4189f4 31db 31ed 0f1f840000000000"
                + "e8db0f0000 498b4520 83c301 488b4028 48634008 4801c5 4139dc 75e4"
                + "4883c408 4889e8 5b 5d 415c 415d c3",
            types.pointerTo(file),
            types.integer());
    assertThat(name(flow.pointee("r13", START + 0x25))).contains("file");
    assertThat(name(flow.pointee("rax", START + 0x30))).contains("super_block");
    assertThat(flow.pointee("rdi", START + 0x25)).isEmpty();
  }

  /** {@code long f(void) { return get()->inode->sb->magic; }}. */
  @Test
  void whatACalledFunctionReturnsIsKnown() {
    PointerFlow flow = flow("4883ec08 e8f70f0000 488b4020 488b4028 488b00 4883c408 c3");
    assertThat(name(flow.pointee("rax", START + 0x9))).contains("file");
    assertThat(name(flow.pointee("rax", START + 0x11))).contains("super_block");
    assertThat(flow.passed(START + 9, GET)).isEmpty();
  }

  /** {@code test edx, edx; jne 1f; mov rdi, rsi; 1: mov rax, [rsi+8]; ret}. */
  @Test
  void whereWaysMeetOnlyWhatTheyAgreeOnIsKnown() {
    String code = "85d2 7503 4889fe 488b4608 c3";
    PointerFlow other = flow(code, types.pointerTo(file), types.pointerTo(inode));
    assertThat(other.pointee("rsi", START + 7)).isEmpty();
    PointerFlow same = flow(code, types.pointerTo(file), types.pointerTo(file));
    assertThat(name(same.pointee("rsi", START + 7))).contains("file");
  }

  /** {@code mov rdi, [rdi+32]; call get; ret}, and what is called so. */
  @Test
  void aCloneIsGivenWhatItsCallerHas() {
    PointerFlow caller = flow("488b7f20 e8f70f0000 c3", types.pointerTo(file));
    Map<String, Type> passed = caller.passed(START + 9, GET);
    assertThat(name(Optional.ofNullable(passed.get("rdi")))).contains("inode");
    assertThat(caller.passed(START + 9, GET + 16)).isEmpty();
    PointerFlow clone = flow("488b4728 c3", Optional.empty(), passed);
    assertThat(name(clone.pointee("rax", START + 4))).contains("super_block");
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] code = new byte[random.nextInt(200)];
      random.nextBytes(code);
      PointerFlow flow = flow(HexFormat.of().formatHex(code), types.pointerTo(file));
      assertThat(flow.pointee("rdi", START + 1)).isNotNull();
    }
  }
}
