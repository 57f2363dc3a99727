package org.vmcore.dumpreader.api;

import org.vmcore.dumpreader.api.Vmcoreinfo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The lines are from kernels' own VMCOREINFO: x86-64 under KASLR, and arm64. */
class VmcoreinfoTest {
  private final Vmcoreinfo x86 =
      parse(
          """
          OSRELEASE=6.1.192
          BUILD-ID=5b4f5b0d5ad0ba4b4c5ec6c1b2f0a5fd80c79a13
          PAGESIZE=4096
          SYMBOL(swapper_pg_dir)=ffffffff8780a000
          NUMBER(phys_base)=-35651584
          KERNELOFFSET=5400000
          NUMBER(KERNEL_IMAGE_SIZE)=1073741824
          NUMBER(sme_mask)=0
          SIZE(page)=64
          OFFSET(page.flags)=0
          OFFSET(list_head.next)=8
          LENGTH(zone.free_area)=11
          CRASHTIME=1793491200
          """);

  private final Vmcoreinfo arm64 =
      parse(
          """
          OSRELEASE=6.1.192
          NUMBER(VA_BITS)=48
          NUMBER(MODULES_VADDR)=0xffff800000000000
          NUMBER(kimage_voffset)=0xffff7fffc8000000
          NUMBER(PHYS_OFFSET)=0x40000000
          NUMBER(tall)=18446744073709551615
          KERNELOFFSET=0
          """);

  @Test
  void symbolsAndKerneloffsetAreBareHexadecimal() {
    assertThat(x86.symbol("swapper_pg_dir")).hasValue(0xffffffff8780a000L);
    assertThat(x86.kernelOffset()).hasValue(0x5400000);
    assertThat(arm64.kernelOffset()).hasValue(0);
  }

  @Test
  void numbersAreSignedDecimalOrPrefixedHexadecimal() {
    assertThat(x86.number("phys_base")).hasValue(-35651584);
    assertThat(x86.number("KERNEL_IMAGE_SIZE")).hasValue(1L << 30);
    assertThat(arm64.number("VA_BITS")).hasValue(48);
    assertThat(arm64.number("kimage_voffset")).hasValue(0xffff7fffc8000000L);
    assertThat(arm64.number("tall")).hasValue(-1);
  }

  @Test
  void sizesOffsetsAndLengthsAreDecimal() {
    assertThat(x86.size("page")).hasValue(64);
    assertThat(x86.offset("page.flags")).hasValue(0);
    assertThat(x86.offset("list_head.next")).hasValue(8);
    assertThat(x86.length("zone.free_area")).hasValue(11);
  }

  @Test
  void whatIsAbsentOrNoNumberIsEmpty() {
    Vmcoreinfo odd = parse("SYMBOL(a)=zz\nSYMBOL(b)=\nNUMBER(c)=1f\nNUMBER(d)=0x\nnoise\n=x\n");

    assertThat(odd.symbol("a")).isEmpty();
    assertThat(odd.symbol("b")).isEmpty();
    assertThat(odd.number("c")).isEmpty();
    assertThat(odd.number("d")).isEmpty();
    assertThat(odd.number("e")).isEmpty();
    assertThat(odd.kernelOffset()).isEmpty();
    assertThat(odd.values()).containsOnlyKeys("SYMBOL(a)", "SYMBOL(b)", "NUMBER(c)", "NUMBER(d)");
  }

  @Test
  void theTextEndsAtTheFirstNul() {
    Vmcoreinfo padded = parse("OSRELEASE=6.1\nA=1\n\0B=2\n");

    assertThat(padded.values()).containsOnlyKeys("OSRELEASE", "A");
    assertThat(padded.text()).asString().isEqualTo("OSRELEASE=6.1\nA=1\n");
  }

  @Test
  void keysStayInOrderAndTheLastLineOfAKeyWins() {
    assertThat(parse("B=1\nA=2\nB=3 \n").values())
        .containsExactly(Map.entry("B", "3"), Map.entry("A", "2"));
  }

  private static Vmcoreinfo parse(String text) {
    return Vmcoreinfo.parse(text.getBytes(ISO_8859_1));
  }
}
