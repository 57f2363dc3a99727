package org.vmcore.gdbstub.port.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Instructions as GNU as encodes them, with bytes in front that are no part of a call. */
class X86CallsTest {
  private static final long START = 0xffff_ffff_8100_0000L;

  private static boolean precede(String code) {
    byte[] bytes = HexFormat.of().parseHex("9090909090909090" + code);
    KernelMemory memory = LinearKernel.memory(START, ByteOrder.LITTLE_ENDIAN, Long.BYTES, bytes);
    return X86Calls.precede(memory, START + bytes.length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "e811223344", // call rel32
        "ffd0", // call *%rax
        "41ffd3", // call *%r11
        "ff10", // call *(%rax)
        "ff5010", // call *0x10(%rax)
        "ff9011223344", // call *0x44332211(%rax)
        "ff14c3", // call *(%rbx,%rax,8)
        "ff54c310", // call *0x10(%rbx,%rax,8)
        "ff94c311223344", // call *0x44332211(%rbx,%rax,8)
        "ff14c511223344", // call *0x44332211(,%rax,8), as of the table of system calls
        "ff1511223344" // call *0x44332211(%rip)
      })
  void calls(String code) {
    assertThat(precede(code)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "e911223344", // jmp rel32
        "ffe0", // jmp *%rax
        "ff24c511223344", // jmp *0x44332211(,%rax,8)
        "4889e5" // mov %rsp,%rbp
      })
  void others(String code) {
    assertThat(precede(code)).isFalse();
  }
}
