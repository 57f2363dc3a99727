package org.vmcore.gdbstub.port.riscv;

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
 * Functions as GCC 12 compiles them with -march=rv64imac -mabi=lp64, and -fno-omit-frame-pointer,
 * held against the tables that it writes for them. Their sources are in {@link CompilersTable}.
 */
class RiscvRulesTest {
  private static void check(String code, String table, Set<Integer> calls) {
    new CompilersTable(table)
        .check(code, ByteOrder.LITTLE_ENDIAN, RiscvRulesTest::rows, Map.of("s0", "fp"), calls);
  }

  private static List<Row> rows(LinuxKernel kernel, Function function, ByteBuffer code) {
    PtRegs saved = new PtRegs(kernel.memory(), "pc ra");
    return new RiscvRules(kernel, new KernelText(kernel), saved).rows(function, code);
  }

  @Test
  void aFrame() {
    check(
        "1d7186eca2e8a6e4cae04efc6345b604ae8901496359b002aa84014401498c600a85a10497000000e780"
            + "0000937734008e07938707038a9783b707fd05043e952a99e39e89fce6604664a664e2794a8506692561"
            + "828097000000e78000007d59ddb7",
        """
          LOC CFA   ra  s0   s1   s2   s3
          0   sp+0  u   u    u    u    u
          2   sp+96 u   u    u    u    u
          c   sp+96 c-8 c-16 c-24 c-32 c-40
          48  sp+96 u   c-16 c-24 c-32 c-40
          4a  sp+96 u   u    c-24 c-32 c-40
          4c  sp+96 u   u    u    c-32 c-40
          4e  sp+96 u   u    u    c-32 u
          52  sp+96 u   u    u    u    u
          54  sp+0  u   u    u    u    u
          56  sp+96 c-8 c-16 c-24 c-32 c-40
        """,
        Set.of(0x28, 0x5a));
  }

  @Test
  void aFrameOnOneWay() {
    check(
        "011106ec2ae463460500e26005050561828097000000e78000002800894597000000e7800000e2600561"
            + "8280",
        """
          LOC CFA   ra
          0   sp+0  u
          2   sp+32 u
          4   sp+32 c-8
          c   sp+32 u
          10  sp+0  u
          12  sp+32 c-8
          28  sp+32 u
          2a  sp+0  u
        """,
        Set.of(0x16, 0x22));
  }

  @Test
  void aFrameWithItsPointer() {
    check(
        "1d71a2e886eca6e4cae04efc52f880106348b6042e8a8149635bb0022a898144814983350900130504fa"
            + "210997000000e780000093f734008e07938707fda29783b707fd85043e95aa99e31c9afce6604664a664"
            + "0669427a4e85e2792561828097000000e7800000fd59d5b7",
        """
          LOC CFA   ra  s0   s1   s2   s3   s4
          0   sp+0  u   u    u    u    u    u
          2   sp+96 u   u    u    u    u    u
          e   sp+96 c-8 c-16 c-24 c-32 c-40 c-48
          10  s0+0  c-8 c-16 c-24 c-32 c-40 c-48
          50  s0+0  u   c-16 c-24 c-32 c-40 c-48
          52  sp+96 u   u    c-24 c-32 c-40 c-48
          54  sp+96 u   u    u    c-32 c-40 c-48
          56  sp+96 u   u    u    u    c-40 c-48
          58  sp+96 u   u    u    u    c-40 u
          5c  sp+96 u   u    u    u    u    u
          5e  sp+0  u   u    u    u    u    u
          60  s0+0  c-8 c-16 c-24 c-32 c-40 c-48
        """,
        Set.of(0x30, 0x64));
  }

  @Test
  void aFrameWithItsPointerOnOneWay() {
    check(
        "011122e806ec00102334a4fe63470500e260426405050561828097000000e7800000130584fe89459700"
            + "0000e7800000e260426405618280",
        """
          LOC CFA   ra  s0
          0   sp+0  u   u
          2   sp+32 u   u
          6   sp+32 c-8 c-16
          8   s0+0  c-8 c-16
          12  s0+0  u   c-16
          14  sp+32 u   u
          18  sp+0  u   u
          1a  s0+0  c-8 c-16
          32  s0+0  u   c-16
          34  sp+32 u   u
          36  sp+0  u   u
        """,
        Set.of(0x1e, 0x2c));
  }
}
