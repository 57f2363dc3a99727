package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.port.CompilersTable;

/**
 * Entries of exception tables as GCC 12 writes them with -funwind-tables -march=armv7-a, in Arm and
 * in Thumb code, held against the {@code .debug_frame} that it writes for the same functions, whose
 * sources are in {@link CompilersTable}. What the latter says of places within a prologue or an
 * epilogue is left out: exception tables are true behind the prologue.
 */
class ArmRulesTest {
  private static void check(
      InstructionSet set, String code, String entry, String table, Set<Integer> calls) {
    new CompilersTable(table)
        .check(
            code,
            ByteOrder.LITTLE_ENDIAN,
            (kernel, function, bytes) ->
                List.of(
                    new Row(function.start(), ArmRules.ENTRY),
                    new Row(
                        function.start() + ArmRules.bodyOffset(bytes, set),
                        ArmRules.of(ByteBuffer.wrap(HexFormat.of().parseHex(entry)))
                            .orElseThrow())),
            Map.of("r13", "sp", "ra", "lr"),
            calls);
  }

  @Test
  void aFrameOfArmCode() {
    check(
        InstructionSet.ARM,
        "f0402de9020051e11cd04de2150000ca000051e30160a0e10070a0d30e0000da0040a0e3045040e20470a0e1"
            + "0410b5e50d00a0e1feffffeb033004e218208de2014084e2033182e0040056e1183013e5030080e00070"
            + "87e0f3ffff1a0700a0e11cd08de2f080bde80070e0e3feffffebf9ffffea",
        "06abb0",
        """
          LOC CFA    r4   r5   r6   r7  ra
          0   r13+0  u    u    u    u   u
          c   r13+48 c-20 c-16 c-12 c-8 c-4
        """,
        Set.of(0x34, 0x6c));
  }

  /** With one register alone the compiler stores it, and the entry is of the long form. */
  @Test
  void aFrameOfOneRegisterOfArmCode() {
    check(
        InstructionSet.ARM,
        "04e02de50cd04de204008de5000050e3010080a2010000ba0cd08de204f09de4feffffeb04008de20210a0e3"
            + "feffffeb0cd08de204f09de4",
        "028400",
        """
          LOC CFA    ra
          0   r13+0  u
          8   r13+16 c-4
        """,
        Set.of(0x20, 0x2c));
  }

  @Test
  void aFrameOfThumbCode() {
    check(
        InstructionSet.THUMB,
        "f0b5914287b01bdc00290e46d8bf002713dd0024051f274655f8041f6846fff7feff04f0030306aa013402eb"
            + "8303a64253f8183c18440744eed1384607b0f0bd4ff0ff37fff7fefff7e700bf",
        "06abb0",
        """
          LOC CFA    r4   r5   r6   r7  ra
          0   r13+0  u    u    u    u   u
          6   r13+48 c-20 c-16 c-12 c-8 c-4
        """,
        Set.of(0x1e, 0x44));
  }

  @Test
  void aFrameOfOneRegisterOfThumbCode() {
    check(
        InstructionSet.THUMB,
        "00b583b001900028a8bf013002db03b05df804fbfff7feff01a80221fff7feff03b05df804fb00bf",
        "028400",
        """
          LOC CFA    ra
          0   r13+0  u
          4   r13+16 c-4
        """,
        Set.of(0x14, 0x1c));
  }
}
