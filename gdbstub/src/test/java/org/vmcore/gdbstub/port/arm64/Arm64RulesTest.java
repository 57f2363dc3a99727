package org.vmcore.gdbstub.port.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Beyond;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/** Functions of a few instructions, encoded by the Arm Architecture Reference Manual, C6.2. */
class Arm64RulesTest {
  private static final long START = 0xffff_8000_0801_0000L;

  private static final int STP_RECORD_32 = 0xa9be7bfd; // stp x29,x30,[sp,#-32]!
  private static final int MOV_X29_SP = 0x910003fd;
  private static final int STR_X19_16 = 0xf9000bf3; // str x19,[sp,#16]
  private static final int LDR_X19_16 = 0xf9400bf3;
  private static final int LDP_RECORD_32 = 0xa8c27bfd; // ldp x29,x30,[sp],#32
  private static final int SUB_SP_16 = 0xd10043ff;
  private static final int ADD_SP_16 = 0x910043ff;
  private static final int RET = 0xd65f03c0;
  private static final int NOP = 0xd503201f;
  private static final int PACIASP = 0xd503233f;
  private static final int AUTIASP = 0xd50323bf;

  private static List<Row> rows(String name, int... code) {
    LinuxKernel kernel =
        LinuxKernel.open(
            LinearKernel.memory(START, ByteOrder.LITTLE_ENDIAN, Long.BYTES, new byte[4096]),
            Optional.empty(),
            List.of(names -> Map.of()),
            needed -> Optional.empty());
    ByteBuffer bytes = ByteBuffer.allocate(4 * code.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(code);
    return new Arm64Rules(kernel, new KernelText(kernel), new PtRegs(kernel.memory(), "x0 sp pc"))
        .rows(new Function(name, START, bytes.limit()), bytes);
  }

  /** What holds at an instruction by its number. */
  private static FrameRule at(List<Row> rows, int instruction) {
    FrameRule rule = rows.get(0).rule();
    for (Row row : rows) {
      if (row.start() <= START + 4L * instruction) {
        rule = row.rule();
      }
    }
    return rule;
  }

  private static Place by(String register, long offset) {
    return new Place.By(register, offset);
  }

  /** The record is the lowest of the frame: x29 32 below the caller's stack pointer, x30 above. */
  @Test
  void aFrameIsFollowedFromItsFirstInstructionToItsReturn() {
    List<Row> rows =
        rows("f", STP_RECORD_32, MOV_X29_SP, STR_X19_16, NOP, LDR_X19_16, LDP_RECORD_32, RET);

    FrameRule called = at(rows, 0);
    assertThat(called.cfa()).isEqualTo(by("sp", 0));
    assertThat(called.returnAddress()).isEqualTo("x30");
    assertThat(called.registers())
        .containsEntry("x29", Where.Same.SAME)
        .containsEntry("x30", Where.Same.SAME);

    FrameRule stored = at(rows, 1);
    assertThat(stored.cfa()).isEqualTo(by("sp", 32));
    assertThat(stored.registers())
        .containsEntry("x29", new Where.Saved(-32))
        .containsEntry("x30", new Where.Saved(-24));

    assertThat(at(rows, 2).cfa()).isEqualTo(by("x29", 32));
    assertThat(at(rows, 2).registers()).doesNotContainKey("x19");
    assertThat(at(rows, 3).registers()).containsEntry("x19", new Where.Saved(-16));

    FrameRule left = at(rows, 6);
    assertThat(left.cfa()).isEqualTo(by("sp", 0));
    assertThat(left.registers())
        .containsEntry("x29", Where.Same.SAME)
        .containsEntry("x30", Where.Same.SAME);
  }

  /** A return in the middle: behind it the frame is as it was in front of the record's load. */
  @Test
  void behindAReturnTheBodyGoesOn() {
    List<Row> rows =
        rows("f", STP_RECORD_32, MOV_X29_SP, LDP_RECORD_32, RET, NOP, LDP_RECORD_32, RET);

    assertThat(at(rows, 3).cfa()).isEqualTo(by("sp", 0));
    assertThat(at(rows, 4).cfa()).isEqualTo(by("x29", 32));
    assertThat(at(rows, 4).registers()).containsEntry("x30", new Where.Saved(-24));
    assertThat(at(rows, 6).cfa()).isEqualTo(by("sp", 0));
  }

  @Test
  void aLeafMovesItsStackPointerAlone() {
    List<Row> rows = rows("leaf", SUB_SP_16, NOP, ADD_SP_16, RET);

    assertThat(at(rows, 1).cfa()).isEqualTo(by("sp", 16));
    assertThat(at(rows, 3).cfa()).isEqualTo(by("sp", 0));
    assertThat(at(rows, 1).registers()).containsEntry("x30", Where.Same.SAME);
  }

  /** From PACIASP to AUTIASP x30, and what is saved of it, carries a code. */
  @Test
  void theReturnAddressIsSignedInBetween() {
    List<Row> rows = rows("f", PACIASP, STP_RECORD_32, MOV_X29_SP, LDP_RECORD_32, AUTIASP, RET);

    assertThat(at(rows, 0).signed()).isFalse();
    assertThat(at(rows, 1).signed()).isTrue();
    assertThat(at(rows, 3).signed()).isTrue();
    assertThat(at(rows, 5).signed()).isFalse();
  }

  /** 3 words make up the pt_regs of this test, at the stack pointer. */
  @Test
  void entriesHaveTheRegistersOfWhatTheyInterrupted() {
    FrameRule fromKernel = rows("el1h_64_irq", NOP).get(0).rule();
    FrameRule fromUser = rows("el0t_64_sync", NOP).get(0).rule();

    for (FrameRule rule : List.of(fromKernel, fromUser)) {
      assertThat(rule.beyond()).isEqualTo(Beyond.REGISTERS);
      assertThat(rule.cfa()).isEqualTo(by("sp", 24));
      assertThat(rule.registers()).containsEntry("pc", new Where.Saved(-8));
    }
    assertThat(fromKernel.signal()).as("it was interrupted").isTrue();
    assertThat(fromUser.signal()).as("it called").isFalse();
    assertThat(rows("ret_from_fork", NOP).get(0).rule().beyond()).isEqualTo(Beyond.NOBODY);
  }
}
