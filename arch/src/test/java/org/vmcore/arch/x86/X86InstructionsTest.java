package org.vmcore.arch.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.arch.api.Disassembler.Instruction;

/** Instructions of a kernel's code; how they read is what objdump 2.40 says. */
class X86InstructionsTest {
  private static final X86Disassembler DISASSEMBLER = new X86Disassembler();

  /** What newer ones write and 2.40 does not: a shift by one. */
  private static final String BY_ONE = "$0x1,";

  private static final String INSTRUCTIONS =
      """
      4911c5  adc %rax,%r13
      83d600  adc $0x0,%esi
      8354247800  adcl $0x0,0x78(%rsp)
      4801f8  add %rdi,%rax
      6548031ddb2a017f  add %gs:0x7f012adb(%rip),%rbx
      80432001  addb $0x1,0x20(%rbx)
      65810577acff7e00000100  addl $0x10000,%gs:0x7effac77(%rip)
      488344241001  addq $0x1,0x10(%rsp)
      25000ff00f  and $0xff00f00,%eax
      81642404ffffff0f  andl $0xfffffff,0x4(%rsp)
      4883252b21defffd  andq $0xfffffffffffffffd,-0x21ded5(%rip)
      480fbdc6  bsr %rsi,%rax
      65480fa33c2596170200  bt %rdi,%gs:0x21796
      490fb34500  btr %rax,0x0(%r13)
      480fba2da51fe1003f  btsq $0x3f,0xe11fa5(%rip)
      0fae7d00  clflush 0x0(%rbp)
      99  cltd
      660fae30  clwb (%rax)
      0f43c6  cmovae %esi,%eax
      4d0f44f5  cmove %r13,%r14
      480f4d5628  cmovge 0x28(%rsi),%rdx
      660f450539dae000  cmovne 0xe0da39(%rip),%ax
      480f40c1  cmovo %rcx,%rax
      440f48f8  cmovs %eax,%r15d
      803c2400  cmpb $0x0,(%rsp)
      803d3f380f0100  cmpb $0x0,0x10f383f(%rip)
      48833c0200  cmpq $0x0,(%rdx,%rax,1)
      48833d45d5e60000  cmpq $0x0,0xe6d545(%rip)
      650fb11512a3017f  cmpxchg %edx,%gs:0x7f01a312(%rip)
      0fa2  cpuid
      4899  cqto
      662e0f1f840000000000  cs nopw 0x0(%rax,%rax,1)
      65ff0d715ffc7e  decl %gs:0x7efc5f71(%rip)
      ff0d385ed200  decl 0xd25e38(%rip)
      6548ff0d1189fc7e  decq %gs:0x7efc8911(%rip)
      41f7f3  div %r11d
      41f7b3a0000000  divl 0xa0(%r11)
      48f735f068e600  divq 0xe668f0(%rip)
      480fae0d98e7b300  fxrstor64 0xb3e798(%rip)
      0fae05a5f00700  fxsave 0x7f0a5(%rip)
      480fae4040  fxsave64 0x40(%rax)
      480fae058759b1ff  fxsave64 -0x4ea679(%rip)
      f7f9  idiv %ecx
      f77c9c04  idivl 0x4(%rsp,%rbx,4)
      480faf05691c0d01  imul 0x10d1c69(%rip),%rax
      65ff00  incl %gs:(%rax)
      ff05445ed200  incl 0xd25e44(%rip)
      6566ff052666cb7e  incw %gs:0x7ecb6626(%rip)
      660f38820424  invpcid (%rsp),%rax
      48cf  iretq
      ff2541d7e600  jmp *0xe6d741(%rip)
      0fae542404  ldmxcsr 0x4(%rsp)
      488d25513fe000  lea 0xe03f51(%rip),%rsp
      0faee8  lfence
      0f01542406  lgdt 0x6(%rsp)
      f0ff0db6070f01  lock decl 0x10f07b6(%rip)
      0f00d8  ltr %ax
      0faef0  mfence
      0f01fa  monitorx %rax,%ecx,%edx
      488b05bee4e600  mov 0xe6e4be(%rip),%rax
      65c605c1acff7e01  movb $0x1,%gs:0x7effacc1(%rip)
      c6042400  movb $0x0,(%rsp)
      c6058b310f0101  movb $0x1,0x10f318b(%rip)
      65c7055728017f00000000  movl $0x0,%gs:0x7f012857(%rip)
      c70001000000  movl $0x1,(%rax)
      4c0fc307  movnti %r8,(%rdi)
      6548c7053c9aff7e00000000  movq $0x0,%gs:0x7eff9a3c(%rip)
      48c7059719e1000040e081  movq $0xffffffff81e04000,0xe11997(%rip)
      0fbe43ff  movsbl -0x1(%rbx),%eax
      4863d2  movslq %edx,%rdx
      66c780c20000000000  movw $0x0,0xc2(%rax)
      0fb6c0  movzbl %al,%eax
      0fb715fcfb0d01  movzwl 0x10dfbfc(%rip),%edx
      48f76720  mulq 0x20(%rdi)
      0f1f4000  nopl 0x0(%rax)
      81c9a0000000  or $0xa0,%ecx
      65830da741f87e03  orl $0x3,%gs:0x7ef841a7(%rip)
      48810dc4e8dcff00000800  orq $0x80000,-0x23173c(%rip)
      66834b4804  orw $0x4,0x48(%rbx)
      ee  out %al,(%dx)
      e6a1  out %al,$0xa1
      0f1808  prefetcht0 (%rax)
      f348ab  rep stos %rax,%es:(%rdi)
      41d1f8  sar %r8d
      48d37cc500  sarq %cl,0x0(%rbp,%rax,8)
      83d9ff  sbb $0xffffffff,%ecx
      0f97c1  seta %cl
      0f9305ab7f0700  setae 0x77fab(%rip)
      0f94c0  sete %al
      d3e0  shl %cl,%eax
      48c125cd100b0020  shlq $0x20,0xb10cd(%rip)
      48d3e8  shr %cl,%rax
      48c1ea20  shr $0x20,%rdx
      41c1ac24a800000002  shrl $0x2,0xa8(%r12)
      0f00442408  sldt 0x8(%rsp)
      4829d0  sub %rdx,%rax
      482d00000081  sub $0xffffffff81000000,%rax
      482b0530380f01  sub 0x10f3830(%rip),%rax
      802b01  subb $0x1,(%rbx)
      4883ab8000000002  subq $0x2,0x80(%rbx)
      480f07  sysretq
      f605b624e10001  testb $0x1,0xe124b6(%rip)
      41f7820001000000800100  testl $0x18000,0x100(%r10)
      66f744242aff03  testw $0x3ff,0x2a(%rsp)
      660faef1  tpause %ecx
      0f01c1  vmcall
      f3480faed0  wrfsbase %rax
      87055d46e200  xchg %eax,0xe2465d(%rip)
      4881b3c800000000000800  xorq $0x80000,0xc8(%rbx)
      480fae37  xsaveopt64 (%rdi)
      """;

  private static Stream<String> instructions() {
    return INSTRUCTIONS.lines();
  }

  private static String plain(Instruction one) {
    return one.text().replaceAll("\\s+", " ").strip();
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void isNamed(String line) {
    String[] parts = line.split(" {2}", 2);
    byte[] code = HexFormat.of().parseHex(parts[0]);

    Instruction found = DISASSEMBLER.at(code, 0, 0x1000);

    assertThat(found.length()).isEqualTo(code.length);
    assertThat(plain(found).replace(BY_ONE, "")).isEqualTo(parts[1].replace(BY_ONE, ""));
  }

  @Test
  void tellsWhereAJumpGoes() {
    Instruction jump = DISASSEMBLER.at(HexFormat.of().parseHex("75fe"), 0, 0xffff_ffff_8100_0000L);

    assertThat(jump.text().strip()).isEqualTo("jne");
    assertThat(jump.target()).hasValue(0xffff_ffff_8100_0000L);
    assertThat(jump.reference()).isEmpty();
  }

  @Test
  void tellsWhatIsNamedRelativeToIt() {
    byte[] load = HexFormat.of().parseHex("488b0510000000");

    assertThat(DISASSEMBLER.at(load, 0, 0x1000).reference()).hasValue(0x1017);
  }

  @Test
  void showsAvxAsBytes() {
    byte[] code = HexFormat.of().parseHex("c5f877");

    assertThat(DISASSEMBLER.at(code, 0, 0))
        .isEqualTo(DISASSEMBLER.at(new byte[] {(byte) 0xc5, (byte) 0xf8, 0x77, 0}, 0, 0));
    assertThat(DISASSEMBLER.at(code, 0, 0).text()).isEqualTo(".byte 0xc5,0xf8,0x77");
  }

  @Test
  void takesAnyBytes() {
    Random random = new Random(4711);
    byte[] code = new byte[1 << 16];
    random.nextBytes(code);
    for (int at = 0; at < code.length; at++) {
      Instruction one = DISASSEMBLER.at(code, at, at);
      assertThat(one.length()).isBetween(1, DISASSEMBLER.longest());
      assertThat(at + one.length()).isLessThanOrEqualTo(code.length);
    }
  }
}
