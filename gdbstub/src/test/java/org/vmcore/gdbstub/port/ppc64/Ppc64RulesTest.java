package org.vmcore.gdbstub.port.ppc64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.port.CompilersTable;

/**
 * Functions as GCC 12 compiles them with -mcpu=power8 -mabi=elfv2 -mlittle-endian, held against the
 * tables that it writes for them. Their sources are in {@link CompilersTable}.
 */
class Ppc64RulesTest {
  private static void check(String code, String table, Set<Integer> calls) {
    new CompilersTable(table)
        .check(code, ByteOrder.LITTLE_ENDIAN, Ppc64RulesTest::rows, Map.of("ra", "lr"), calls);
  }

  private static List<Row> rows(LinuxKernel kernel, Function function, ByteBuffer code) {
    PtRegs saved = new PtRegs(kernel.memory(), "r0 pc");
    return new Ppc64Rules(kernel, new KernelText(kernel), saved).rows(function, code);
  }

  @Test
  void aFrameWithABackChain() {
    check(
        "00004c3c000042380028247ce0ff81fb81ff21f8b40081410000242c7800e1fb78239f7c8c008140a602"
            + "087c580061fb6800a1fb0000803b7000c1fbf8ffa33b0000c03b2000613b900001f80000426009009de8"
            + "78db637f0100004800000060e81ec97bffffff370100de3b2a483b7d144a637c141a9c7fd8ff82409000"
            + "01e8580061eb6800a1eb7000c1eb7800e1eba603087c8000213878e3837fe0ff81eb2000804e00000060"
            + "00000060000042607800e1eb800021380000803b78e3837fe0ff81eb2000804ea602087cffff803b9000"
            + "01f80100004800000060900001e8a603087cb0ffff4b000000000000000180050000",
        """
          LOC CFA    r27  r28  r29  r30  r31 ra
          0   r1+0   u    u    u    u    u   u
          14  r1+128 u    c-32 u    u    u   u
          20  r1+128 u    c-32 u    u    c-8 u
          2c  r1+128 u    c-32 u    u    c-8 r0
          30  r1+128 c-40 c-32 u    u    c-8 r0
          34  r1+128 c-40 c-32 c-24 u    c-8 r0
          3c  r1+128 c-40 c-32 c-24 c-16 c-8 r0
          4c  r1+128 c-40 c-32 c-24 c-16 c-8 c+16
          84  r1+128 u    c-32 c-24 c-16 c-8 c+16
          88  r1+128 u    c-32 u    c-16 c-8 c+16
          8c  r1+128 u    c-32 u    u    c-8 c+16
          90  r1+128 u    c-32 u    u    u   c+16
          94  r1+128 u    c-32 u    u    u   u
          98  r1+0   u    c-32 u    u    u   u
          a0  r1+0   u    u    u    u    u   u
          b0  r1+128 u    c-32 u    u    c-8 u
          b4  r1+128 u    c-32 u    u    u   u
          b8  r1+0   u    c-32 u    u    u   u
          c4  r1+0   u    u    u    u    u   u
          c8  r1+128 u    c-32 u    u    u   u
          cc  r1+128 u    c-32 u    u    u   r0
          d4  r1+128 u    c-32 u    u    u   c+16
          e4  r1+128 u    c-32 u    u    u   u
        """,
        Set.of(0x58, 0xd4));
  }

  @Test
  void aFrameOnOneWay() {
    check(
        "00004c3c00004238d1ff21f8200061f80000232c1c00804101006338300021382000804e000000600000"
            + "006000004260a602087c400001f8010000480000006020006138020080380100004800000060400001e8"
            + "30002138a603087c2000804e000000000000000180000000",
        """
          LOC CFA   ra
          0   r1+0  u
          c   r1+48 u
          20  r1+0  u
          30  r1+48 u
          34  r1+48 r0
          38  r1+48 c+16
          58  r1+0  c+16
          5c  r1+0  u
        """,
        Set.of(0x38, 0x48));
  }
}
