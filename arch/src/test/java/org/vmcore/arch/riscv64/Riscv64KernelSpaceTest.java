package org.vmcore.arch.riscv64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmcore.arch.TestMachine.physical;

import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.TestMachine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * A small machine with Sv39: KASLR moved the kernel by 0x1400000, and it lies at physical
 * 0x80200000.
 *
 * <pre>
 *   80200000  image: header, text from 2000 on
 *   80600000  image: swapper_pg_dir
 *   81000000  PMD of the image, 81001000 of the direct map
 *   81002000  the table of a process, then its PMD and PTE; 81005000 its page
 * </pre>
 */
class Riscv64KernelSpaceTest {
  private static final long START = 0xffffffff81400000L;
  private static final long STEXT = START + 0x2000;
  private static final long DIRECT = 0xffffffd800000000L;
  private static final long OFFSET = START - 0x80200000L;
  private static final long SWAPPER = 0x80600000L;

  /** As Linux 6.1 writes it. */
  private static final String VMCOREINFO =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=ffffffff81800000
      SYMBOL(_stext)=ffffffff81402000
      """;

  /** What Linux 6.7 adds. */
  private static final String MORE =
      """
      NUMBER(phys_ram_base)=0x80000000
      NUMBER(PAGE_OFFSET)=0xffffffd800000000
      NUMBER(VA_BITS)=39
      NUMBER(KERNEL_LINK_ADDR)=0xffffffff80000000
      NUMBER(va_kernel_pa_offset)=0xffffffff01200000
      KERNELOFFSET=1400000
      """;

  /** As if not moved. */
  private static final Map<String, Long> VMLINUX =
      Map.of("swapper_pg_dir", 0xffffffff80400000L, "_stext", 0xffffffff80002000L);

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("riscv64", 243, 64, ByteOrder.LITTLE_ENDIAN);
  }

  private static SyntheticDump.Builder image(SyntheticDump.Builder dump, long start) {
    return dump.writeLong(start + 48, 0x5643534952L).writeInt(start + 56, 0x05435352);
  }

  private static SyntheticDump.Builder memory(boolean withRoot, long memoryType) {
    SyntheticDump.Builder dump =
        image(dump(), 0x80200000L)
            .writeLong(0x81000000L + 8 * 10, 0x200800eb | memoryType)
            .writeLong(0x81000000L + 8 * 11, 0x201000eb | memoryType)
            .writeLong(0x81000000L + 8 * 12, 0x201800e7 | memoryType)
            .writeLong(0x81001000L, 0x200800e7 | memoryType)
            .writeLong(0x81002000L, 0x20400c01)
            .writeLong(0x81002000L + 8 * 0x160, 0x20400401)
            .writeLong(0x81002000L + 8 * 0x1fe, 0x20400001)
            .writeLong(0x81003000L, 0x20401001)
            .writeLong(0x81004000L + 8 * 0x10, 0x204014d7 | memoryType)
            .writeLong(0x81005000L, 0x1234);
    if (withRoot) {
      dump.writeLong(SWAPPER + 8 * 0x160, 0x20400401).writeLong(SWAPPER + 8 * 0x1fe, 0x20400001);
    }
    return dump;
  }

  private static TestMachine machine(SyntheticDump.Builder dump) {
    return new TestMachine(new Riscv64(), dump.build());
  }

  private static TestMachine machine() {
    return machine(memory(true, 0));
  }

  private static void mapsAll(KernelSpace space) {
    assertThat(physical(space.virtual(), STEXT + 0x123)).isEqualTo(0x80202123L);
    assertThat(physical(space.virtual(), START + 0x400000)).isEqualTo(SWAPPER);
    assertThat(physical(space.virtual(), DIRECT + 0x123)).isEqualTo(0x80200123L);
    assertThat(space.virtual().translate(START - 1)).isInstanceOf(Fault.NotMapped.class);
    assertThat(space.root()).isEqualTo(SWAPPER);
    assertThat(space.kaslrOffset()).hasValue(0x1400000);
  }

  @Test
  void vmcoreinfoOfNewerKernelsTellsItAll() throws MissingFactException {
    KernelSpace space = machine().withVmcoreinfo(VMCOREINFO + MORE).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .containsExactly(
            new KernelSpace.Fact("KASLR offset", "0x1400000", "VMCOREINFO"),
            new KernelSpace.Fact("paging", "Sv39", "VMCOREINFO"),
            new KernelSpace.Fact("page table root", "0x80600000", "swapper_pg_dir with VMCOREINFO"),
            new KernelSpace.Fact("va_kernel_pa_offset", "0xffffffff01200000", "the page tables"),
            new KernelSpace.Fact("PAGE_OFFSET", "0xffffffd800000000", "VMCOREINFO"),
            new KernelSpace.Fact("phys_ram_base", "0x80000000", "VMCOREINFO"));
  }

  @Test
  void theImagesHeaderTellsWhereItIs() throws MissingFactException {
    KernelSpace space = machine().withVmcoreinfo(VMCOREINFO).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("KASLR offset", "0x1400000", "_stext of VMCOREINFO"),
            new KernelSpace.Fact("paging", "Sv39", "the page tables"),
            new KernelSpace.Fact(
                "page table root",
                "0x80600000",
                "swapper_pg_dir with the kernel image's header at 0x80200000"));
  }

  /** As a boot loader leaves them, or kexec. */
  @Test
  void copiesOfTheImageAreNotBelieved() throws MissingFactException {
    SyntheticDump.Builder dump = memory(true, 0);
    image(dump, 0x80000000L);
    image(dump, 0x82000000L);
    mapsAll(machine(dump).withVmcoreinfo(VMCOREINFO).kernelSpace());
  }

  @Test
  void segmentsTellModeAndOffset() throws MissingFactException {
    SyntheticDump.Builder dump =
        memory(true, 0)
            .segment(new Segment(STEXT, 0x80202000L, 0x600000, 0x600000))
            .segment(new Segment(DIRECT, 0x80200000L, 0x2000000, 0x2000000));
    KernelSpace space = machine(dump).withVmcoreinfo(VMCOREINFO).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("paging", "Sv39", "the direct map's PT_LOAD"),
            new KernelSpace.Fact(
                "page table root", "0x80600000", "swapper_pg_dir with the kernel image's PT_LOAD"));
  }

  @Test
  void vmlinuxAloneWillDo() throws MissingFactException {
    KernelSpace space = machine().withVmlinux(VMLINUX).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("KASLR offset", "0x1400000", "the page tables"));
  }

  @Test
  void optionsStandInForWhatIsMissing() throws MissingFactException {
    String offset = "0x" + Long.toHexString(OFFSET);
    mapsAll(
        machine()
            .withVmlinux(VMLINUX)
            .withOptions(
                Map.of("va_kernel_pa_offset", offset, "kaslr_offset", "0x1400000", "vabits", "39"))
            .kernelSpace());
    KernelSpace bySatp = machine().withOptions(Map.of("satp", "0x8000000000080600")).kernelSpace();
    mapsAll(bySatp);
    assertThat(bySatp.facts())
        .contains(
            new KernelSpace.Fact("paging", "Sv39", "--arch-option"),
            new KernelSpace.Fact("page table root", "0x80600000", "satp of --arch-option"));
    assertThatThrownBy(() -> machine().withOptions(Map.of("satp", "on")).kernelSpace())
        .hasMessageContaining("--arch-option satp=on: not a number");
  }

  @Test
  void newestKernelsTellSatp() throws MissingFactException {
    String satp = VMCOREINFO + "NUMBER(satp)=0x8000000000080600\n";
    KernelSpace space = machine().withVmcoreinfo(satp).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("paging", "Sv39", "VMCOREINFO"),
            new KernelSpace.Fact("page table root", "0x80600000", "satp of VMCOREINFO"));
  }

  @Test
  void theTablesAreBelievedAgainstWhoeverTellsAnotherMode() throws MissingFactException {
    KernelSpace space =
        machine().withVmcoreinfo(VMCOREINFO).withOptions(Map.of("vabits", "57")).kernelSpace();
    mapsAll(space);
    assertThat(space.fact("paging")).hasValue("Sv39");
  }

  /** Its entries have bits that other machines forbid. */
  @Test
  void theFirstCoresOfTheadAreTold() throws MissingFactException {
    KernelSpace space = machine(memory(true, 7L << 60)).withVmcoreinfo(VMCOREINFO).kernelSpace();
    mapsAll(space);
    VirtualMemory process = new Riscv64().addressSpace(space, 0x81002000L);
    assertThat(process.walk(0x10000).steps().get(2).flags()).endsWith("THEAD_MT=0xe");
  }

  @Test
  void whereTheRootIsLostTheSegmentsServe() throws MissingFactException {
    SyntheticDump.Builder dump =
        memory(false, 0)
            .segment(new Segment(STEXT, 0x80202000L, 0x600000, 0x600000))
            .segment(new Segment(DIRECT, 0x80200000L, 0x2000000, 0x2000000));
    KernelSpace space = machine(dump).withVmcoreinfo(VMCOREINFO).kernelSpace();
    assertThat(physical(space.virtual(), STEXT + 0x123)).isEqualTo(0x80202123L);
    assertThat(physical(space.virtual(), DIRECT + 0x123)).isEqualTo(0x80200123L);
    assertThat(space.virtual().translate(0xffffffc800000000L))
        .isInstanceOf(Fault.TableUnreadable.class);
  }

  @Test
  void processesAreToldByTheirKernelHalf() throws MissingFactException {
    Riscv64 riscv = new Riscv64();
    KernelSpace space = machine().withVmcoreinfo(VMCOREINFO).kernelSpace();
    assertThat(riscv.pageTableRoots(space).test(0x81002000L)).isTrue();
    assertThat(riscv.pageTableRoots(space).test(0x81003000L)).isFalse();
    for (long root : new long[] {0x81002000L, 0x8000100000081002L}) {
      assertThat(physical(riscv.addressSpace(space, root), 0x10000)).isEqualTo(0x81005000L);
    }
  }

  @Test
  void withoutAnyFactTheErrorSaysWhatWouldHelp() {
    assertThatThrownBy(() -> machine().kernelSpace())
        .isInstanceOf(MissingFactException.class)
        .hasMessage(
            "cannot find the kernel's page tables: nothing tells swapper_pg_dir; give --vmlinux"
                + " FILE or --vmcoreinfo FILE (the text of that machine's VMCOREINFO), and where"
                + " that is not enough --arch-option va_kernel_pa_offset=N, or --arch-option satp=N"
                + " of any of its CPUs");
    assertThatThrownBy(() -> machine(dump()).withVmcoreinfo(VMCOREINFO).kernelSpace())
        .hasMessageContaining("the kernel image is not in the dump");
    assertThatThrownBy(() -> machine(memory(false, 0)).withVmcoreinfo(VMCOREINFO).kernelSpace())
        .hasMessageContaining(
            "the kernel is not mapped by [swapper_pg_dir with the kernel image's header at"
                + " 0x80200000]");
  }
}
