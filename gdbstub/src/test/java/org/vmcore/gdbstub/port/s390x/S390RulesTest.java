package org.vmcore.gdbstub.port.s390x;

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
 * Functions as GCC 12 compiles them with -march=z10, and of packed frames -mpacked-stack
 * -mbackchain -msoft-float, as kernels have it, held against the tables that it writes for them.
 * Their sources are in {@link CompilersTable}.
 */
class S390RulesTest {
  private static void check(String code, String table, Set<Integer> calls) {
    new CompilersTable(table)
        .check(code, ByteOrder.BIG_ENDIAN, S390RulesTest::rows, Map.of("ra", "r14"), calls);
  }

  private static List<Row> rows(LinuxKernel kernel, Function function, ByteBuffer code) {
    PtRegs saved = new PtRegs(kernel.memory(), "pswm pswa");
    return new S390Rules(kernel, new KernelText(kernel), saved).rows(function, code);
  }

  @Test
  void aFrameOfTheAbi() {
    check(
        "eb9ff0480024e3f0ff30ff71ec3400302064b90400b3a7a90000ec3c0020007cb9040092a7c90000a7a9"
            + "0000eb1c0003000d4120f0a0e33190000004c0e500000000ec1c3bbc0355a7cb0001e321f0a00008b908"
            + "00a2a7b7ffebe340f1400004b904002aeb9ff118000407f4c0e500000000a7a9ffffa7f4fff2",
        """
          LOC CFA     r9   r10  r11  r12  r13  ra   r15
          0   r15+160 u    u    u    u    u    u    u
          6   r15+160 c-88 c-80 c-72 c-64 c-56 c-48 c-40
          c   r15+368 c-88 c-80 c-72 c-64 c-56 c-48 c-40
          6a  r15+160 u    u    u    u    u    u    u
          6c  r15+368 c-88 c-80 c-72 c-64 c-56 c-48 c-40
        """,
        Set.of(0x3c, 0x6c));
  }

  @Test
  void aFrameOnOneWay() {
    check(
        "ebeff0700024e3f0ff58ff71e320f0a00024ec24000c007ce340f1180004a72b0001ebeff118000407f4"
            + "c0e5000000004120f0a0a7390002c0e500000000e340f1180004ebeff118000407f4",
        """
          LOC CFA     ra   r15
          0   r15+160 u    u
          6   r15+160 c-48 c-40
          c   r15+328 c-48 c-40
          28  r15+160 u    u
          2a  r15+328 c-48 c-40
          4a  r15+160 u    u
        """,
        Set.of(0x2a, 0x38));
  }

  @Test
  void aPackedFrameWithABackChain() {
    check(
        "eb9ff0600024b90400efe3f0ff90ff71e3e0f0980024ec3400302064b90400b3a7a90000ec3c0020007c"
            + "b9040092a7c90000a7a90000eb1c0003000d4120f0a0e33190000004c0e500000000ec1c3bbc0355a7cb"
            + "0001e321f0a00008b90800a2a7b7ffebe340f0f80004b904002aeb9ff0d0000407f4c0e500000000a7a9"
            + "ffffa7f4fff2",
        """
          LOC CFA     r9   r10  r11  r12  r13  ra   r15
          0   r15+160 u    u    u    u    u    u    u
          6   r15+160 c-64 c-56 c-48 c-40 c-32 c-24 c-16
          10  r15+272 c-64 c-56 c-48 c-40 c-32 c-24 c-16
          74  r15+160 u    u    u    u    u    u    u
          76  r15+272 c-64 c-56 c-48 c-40 c-32 c-24 c-16
        """,
        Set.of(0x46, 0x76));
  }

  @Test
  void aPackedFrameOnOneWay() {
    check(
        "ebeff0880024b90400efe3f0ffe0ff71e3e0f0980024e320f0a00024ec24000c007ce340f0a80004a72b"
            + "0001ebeff0a8000407f4c0e5000000004120f0a0a7390002c0e500000000e340f0a80004ebeff0a80004"
            + "07f4",
        """
          LOC CFA     ra   r15
          0   r15+160 u    u
          6   r15+160 c-24 c-16
          10  r15+192 c-24 c-16
          32  r15+160 u    u
          34  r15+192 c-24 c-16
          54  r15+160 u    u
        """,
        Set.of(0x34, 0x42));
  }
}
