package org.vmcore.arch.arm64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.PageTableText;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * A small machine: RAM begins at physical 40000000, the kernel image is at 41000000. It is linked
 * for ffff800008000000, and KASLR moved it by 123400000.
 *
 * <pre>
 *   41000000  _text; 41010000 _stext
 *   41180000  kimage_voffset, memstart_addr
 *   41200000  swapper_pg_dir, and the tables after it
 *   41300000  tables and page of a process
 * </pre>
 */
class KernelSpaceTest {
  private static final long TEXT = 0xffff80012b400000L;
  private static final long LINKED = 0xffff800008000000L;
  private static final long LINEAR = 0xffff000000000000L;
  private static final long VOFFSET = TEXT - 0x41000000;

  private static final String VMCOREINFO =
      """
      OSRELEASE=6.1.0
      PAGESIZE=4096
      SYMBOL(swapper_pg_dir)=ffff80012b600000
      SYMBOL(_stext)=ffff80012b410000
      SYMBOL(prb)=ffff80012b6f1234
      SYMBOL(mem_section)=ffff000005fb9e40
      NUMBER(VA_BITS)=48
      NUMBER(kimage_voffset)=0xffff8000ea400000
      NUMBER(PHYS_OFFSET)=0x40000000
      NUMBER(TCR_EL1_T1SZ)=0x10
      KERNELOFFSET=123400000
      """;

  /** As {@code nm vmlinux} prints them. */
  private static final Map<String, Long> VMLINUX =
      Map.of(
          "_text", LINKED,
          "_stext", LINKED + 0x10000,
          "swapper_pg_dir", LINKED + 0x200000,
          "kimage_voffset", LINKED + 0x180000);

  /** 4 KiB pages and 48 bits; the image and the linear map by blocks of 2 MiB. */
  private static final String TABLES =
      """
      41200000[100] = 0000000041201003   PGD -> PUD
      41201000[004] = 0000000041202003   PUD -> PMD
      41202000[15a] = 0040000041000781   PMD: 2 MiB at 41000000
      41202000[15b] = 0060000041200701   PMD: 2 MiB at 41200000
      41200000[000] = 0000000041203003   PGD -> PUD
      41203000[000] = 0000000041204003   PUD -> PMD
      41204000[008] = 0060000041000781   PMD: 2 MiB at 41000000
      41204000[009] = 0060000041200701   PMD: 2 MiB at 41200000
      41300000[000] = 0800000041301003   PGD of a process -> PUD
      41301000[000] = 0800000041302003   PUD -> PMD
      41302000[002] = 0800000041303003   PMD -> PTE
      41303000[001] = 00e8000041304fc3   PTE
      """;

  private static SyntheticDump.Builder builder() {
    return SyntheticDump.builder("kernel", 183, 64, ByteOrder.LITTLE_ENDIAN)
        .write(0x41010000, "text".getBytes(US_ASCII))
        .writeLong(0x41180000, VOFFSET)
        .write(0x41304000, "user".getBytes(US_ASCII));
  }

  private static Dump dump() {
    return PageTableText.memory(builder(), TABLES);
  }

  private static KernelSpace find(Dump dump, String vmcoreinfo) throws MissingFactException {
    return find(dump, vmcoreinfo, Map.of(), Map.of());
  }

  private static KernelSpace find(
      Dump dump, String vmcoreinfo, Map<String, Long> vmlinux, Map<String, String> options)
      throws MissingFactException {
    Arm64 arm64 = new Arm64();
    return arm64.kernelSpace(
        new Machine(
            dump,
            vmcoreinfo.isEmpty()
                ? Optional.empty()
                : Optional.of(Vmcoreinfo.parse(vmcoreinfo.getBytes(US_ASCII))),
            arm64.cpus(dump),
            name ->
                vmlinux.containsKey(name)
                    ? OptionalLong.of(vmlinux.get(name))
                    : OptionalLong.empty(),
            options));
  }

  private static String without(String... keys) {
    return VMCOREINFO
        .lines()
        .filter(line -> List.of(keys).stream().noneMatch(line::contains))
        .reduce("", (text, line) -> text + line + "\n");
  }

  private static void mapsAll(KernelSpace space) {
    assertThat(space.root()).isEqualTo(0x41200000);
    assertThat(physical(space.virtual(), TEXT + 0x10123)).isEqualTo(0x41010123);
    assertThat(physical(space.virtual(), LINEAR + 0x1200456)).isEqualTo(0x41200456);
    assertThat(space.virtual().translate(TEXT - 1)).isInstanceOf(Fault.NotMapped.class);
    assertThat(space.virtual().translate(0x401000)).isInstanceOf(Fault.UserAddress.class);
  }

  private static long physical(VirtualMemory memory, long address) {
    Translation translation = memory.translate(address);
    assertThat(translation).isInstanceOf(Translation.Mapped.class);
    return ((Translation.Mapped) translation).physicalAddress();
  }

  @Test
  void vmcoreinfoTellsItAll() throws MissingFactException {
    KernelSpace space = find(dump(), VMCOREINFO);
    mapsAll(space);
    assertThat(space.kaslrOffset()).hasValue(0x123400000L);
    assertThat(space.facts())
        .containsExactlyInAnyOrder(
            new KernelSpace.Fact("KASLR offset", "0x123400000", "VMCOREINFO"),
            new KernelSpace.Fact("page size", "4 KiB", "VMCOREINFO"),
            new KernelSpace.Fact("VA_BITS", "48", "TCR_EL1_T1SZ of VMCOREINFO"),
            new KernelSpace.Fact(
                "page table root",
                "0x41200000",
                "swapper_pg_dir with kimage_voffset from VMCOREINFO"),
            new KernelSpace.Fact("kimage_voffset", "0xffff8000ea400000", "VMCOREINFO"),
            new KernelSpace.Fact("PHYS_OFFSET", "0x40000000", "VMCOREINFO"),
            new KernelSpace.Fact("PAGE_OFFSET", "0xffff000000000000", "the page tables"));
  }

  @Test
  void theTablesTellTheAddressSizeThatNothingElseTells() throws MissingFactException {
    KernelSpace space = find(dump(), without("VA_BITS", "T1SZ", "PAGESIZE"));
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("page size", "4 KiB", "the page tables"),
            new KernelSpace.Fact("VA_BITS", "48", "the page tables"));
  }

  /** Distributions had kdump before VMCOREINFO told kimage_voffset (Linux 4.12). */
  @Test
  void imageOffsetFollowsFromTheImagesSegment() throws MissingFactException {
    SyntheticDump.Builder builder =
        builder()
            .segment(new Segment(TEXT, 0x41000000, 0x400000, 0x400000))
            .segment(new Segment(LINEAR, 0x40000000, 0x4000000, 0x4000000));
    Dump dump = PageTableText.memory(builder, TABLES);
    KernelSpace space = find(dump, without("NUMBER("));
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact(
                "kimage_voffset", "0xffff8000ea400000", "the kernel image's PT_LOAD"));
  }

  @Test
  void optionsAndVmlinuxStandInForVmcoreinfo() throws MissingFactException {
    Map<String, String> options =
        Map.of(
            "kimage_voffset", "0xffff8000ea400000",
            "kaslr_offset", "0x123400000",
            "phys_offset", "0x40000000",
            "vabits", "48");
    KernelSpace space = find(dump(), "", VMLINUX, options);
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("VA_BITS", "48", "--arch-option"),
            new KernelSpace.Fact("PHYS_OFFSET", "0x40000000", "--arch-option"));
    assertThatThrownBy(() -> find(dump(), "", VMLINUX, Map.of("vabits_actual", "many")))
        .hasMessage(
            "--arch-option vabits_actual=many: not a number (decimal, or hexadecimal with 0x)");
  }

  /** By the kernel's own variable; another kernel in memory is not the running one. */
  @Test
  void vmlinuxAloneIsEnoughToFindTheImage() throws MissingFactException {
    SyntheticDump.Builder builder =
        builder().zeroPages(0x40200000, 0x400000).write(0x40200000 + 56, "ARMd".getBytes(US_ASCII));
    KernelSpace space = find(PageTableText.memory(builder, TABLES), "", VMLINUX, Map.of());
    mapsAll(space);
    assertThat(space.kaslrOffset()).hasValue(0x123400000L);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact(
                "page table root",
                "0x41200000",
                "swapper_pg_dir in the kernel image found at 0x41000000"),
            new KernelSpace.Fact("KASLR offset", "0x123400000", "the kernel image and vmlinux"));
  }

  /** The linear map began in the middle until Linux 5.4, and the image was below it. */
  @Test
  void beforeTheFlipTheLinearMapIsTheUpperHalf() throws MissingFactException {
    String tables =
        """
        41200000[000] = 0000000041201003   PGD -> PUD
        41201000[000] = 0000000041202003   PUD -> PMD
        41202000[040] = 0040000041000781   PMD: 2 MiB at 41000000
        41202000[041] = 0060000041200701   PMD: 2 MiB at 41200000
        41200000[100] = 0000000041203003   PGD -> PUD
        41203000[000] = 0000000041204003   PUD -> PMD
        41204000[009] = 0060000041200701   PMD: 2 MiB at 41200000
        """;
    String vmcoreinfo =
        """
        SYMBOL(swapper_pg_dir)=ffff000008200000
        SYMBOL(_stext)=ffff000008081000
        NUMBER(VA_BITS)=48
        NUMBER(kimage_voffset)=0xfffeffffc7000000
        NUMBER(PHYS_OFFSET)=0x40000000
        """;
    KernelSpace space = find(PageTableText.memory(builder(), tables), vmcoreinfo);
    assertThat(physical(space.virtual(), 0xffff000008081234L)).isEqualTo(0x41081234);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("PAGE_OFFSET", "0xffff800000000000", "the page tables"));
  }

  /**
   * Until Linux 4.6 the image was in the linear map; vmlinux and the image's header tell it all.
   */
  @Test
  void theImageMayBeInTheLinearMap() throws MissingFactException {
    String tables =
        """
        41200000[100] = 0000000041202003   PGD -> PMD
        41202000[008] = 0040000041000781   PMD: 2 MiB at 41000000
        41202000[009] = 0060000041200701   PMD: 2 MiB at 41200000
        """;
    long text = 0xffffffc001000000L;
    SyntheticDump.Builder builder = builder().write(0x41000000 + 56, "ARMd".getBytes(US_ASCII));
    KernelSpace space =
        find(
            PageTableText.memory(builder, tables),
            "",
            Map.of("_text", text, "swapper_pg_dir", text + 0x200000),
            Map.of("phys_offset", "0x40000000"));
    assertThat(physical(space.virtual(), text + 0x10123)).isEqualTo(0x41010123);
    assertThat(space.kaslrOffset()).hasValue(0);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("VA_BITS", "39", "the page tables"),
            new KernelSpace.Fact("PAGE_OFFSET", "0xffffffc000000000", "the page tables"));
  }

  /** PHYS_OFFSET wraps, and TTBR1_EL1 points at the last 64 entries of the root. */
  @Test
  void a52BitKernelOf64KilobytesOnA48BitMachineIsWalkedWith52Bits() throws MissingFactException {
    String tables =
        """
        41200000[3e0] = 0000000041210003   PGD -> PMD
        41210000[000] = 0040000040000781   PMD: 512 MiB at 40000000
        41200000[3c0] = 0000000041220003   PGD -> PMD, of the linear map
        41220000[000] = 0060000040000701   PMD: 512 MiB at 40000000
        """;
    String vmcoreinfo =
        """
        PAGESIZE=65536
        SYMBOL(swapper_pg_dir)=ffff800001200000
        SYMBOL(_stext)=ffff800001010000
        NUMBER(VA_BITS)=52
        NUMBER(TCR_EL1_T1SZ)=0x10
        NUMBER(kimage_voffset)=0xffff7fffc0000000
        NUMBER(PHYS_OFFSET)=0xfff1000040000000
        """;
    KernelSpace space = find(PageTableText.memory(builder(), tables), vmcoreinfo);
    assertThat(physical(space.virtual(), 0xffff800001010123L)).isEqualTo(0x41010123);
    assertThat(physical(space.virtual(), 0xffff000000345678L)).isEqualTo(0x40345678);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("page size", "64 KiB", "VMCOREINFO"),
            new KernelSpace.Fact("VA_BITS", "52", "VA_BITS of VMCOREINFO"),
            new KernelSpace.Fact("PHYS_OFFSET", "0xfff1000040000000", "VMCOREINFO"),
            new KernelSpace.Fact("PAGE_OFFSET", "0xfff0000000000000", "the page tables"));
  }

  /** With LPA2 the kernel leaves out the level that the machine has not. */
  @Test
  void a52BitKernelOf4KilobytesOnA48BitMachineIsWalkedWith48Bits() throws MissingFactException {
    KernelSpace space = find(dump(), VMCOREINFO.replace("VA_BITS)=48", "VA_BITS)=52"));
    assertThat(physical(space.virtual(), TEXT + 0x10123)).isEqualTo(0x41010123);
    assertThat(space.virtual().walk(TEXT).steps()).hasSize(3);
    assertThat(space.fact("VA_BITS")).hasValue("48");
  }

  @Test
  void whereTheKernelsTablesAreLostArithmeticServes() throws MissingFactException {
    KernelSpace space = find(builder().build(), VMCOREINFO);
    assertThat(physical(space.virtual(), TEXT + 0x10123)).isEqualTo(0x41010123);
    assertThat(physical(space.virtual(), LINEAR + 0x1010123)).isEqualTo(0x41010123);
    assertThat(space.virtual().walk(TEXT + 0x10123).steps())
        .extracting(PageWalk.Step::level)
        .containsExactly("LINEAR");
    assertThat(space.virtual().translate(0xffff800008021000L))
        .isInstanceOf(Fault.TableUnreadable.class);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("PAGE_OFFSET", "0xffff000000000000", "VA_BITS"));
  }

  @Test
  void withoutAnyFactTheErrorSaysWhatWouldHelp() {
    assertThatThrownBy(() -> find(dump(), ""))
        .isInstanceOf(MissingFactException.class)
        .hasMessage(
            "cannot find the kernel's page tables: nothing tells where swapper_pg_dir is; give"
                + " --vmcoreinfo FILE (the text of that machine's VMCOREINFO), or --vmlinux FILE"
                + " (and, where that is not enough, --arch-option kimage_voffset=N, --arch-option"
                + " kaslr_offset=N)");
    assertThatThrownBy(() -> find(dump(), without("kimage_voffset")))
        .hasMessageContaining("nothing tells kimage_voffset");
    assertThatThrownBy(() -> find(dump(), VMCOREINFO.replace("ea400000", "ea3ff000")))
        .hasMessageContaining(
            "swapper_pg_dir, with kimage_voffset from [VMCOREINFO], maps no kernel");
  }

  @Test
  void userAddressesThroughTheTablesOfAProcess() throws MissingFactException {
    KernelSpace kernel = find(dump(), VMCOREINFO);
    for (long root : new long[] {0x41300000, 0x00a5_0000_4130_0001L}) {
      VirtualMemory process = new Arm64().addressSpace(kernel, root);
      byte[] bytes = new byte[4];
      assertThat(process.read(0x401000, bytes, 0, 4).isComplete()).isTrue();
      assertThat(new String(bytes, US_ASCII)).isEqualTo("user");
      assertThat(process.read(TEXT + 0x10000, bytes, 0, 4).isComplete()).isTrue();
      assertThat(new String(bytes, US_ASCII)).isEqualTo("text");
    }
  }
}
