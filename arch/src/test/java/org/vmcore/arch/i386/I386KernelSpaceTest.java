package org.vmcore.arch.i386;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmcore.arch.TestMachine.physical;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.TestMachine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Small machines whose kernel is at 0x1000000 of physical memory, linked there too, and whose
 * swapper_pg_dir is at 0x1400000.
 *
 * <pre>
 *   two levels, 2 GiB for the kernel        PAE, 1 GiB for the kernel
 *   1400000  PGD: low memory in 4 MiB pages 1400000  PGD -> PMD at 1401000
 *    200000  PGD of a process                200020  PGD of a process
 *    201000  its PTE; 202000 its page        201000  its PMD, then PTE; 203000 its page
 * </pre>
 */
class I386KernelSpaceTest {
  private static final String TWO_LEVELS =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=81400000
      SYMBOL(_stext)=81000000
      """;

  private static final String PAE =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=c1400000
      SYMBOL(_stext)=c1000000
      CONFIG_X86_PAE=y
      """;

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("i386", 3, 32, ByteOrder.LITTLE_ENDIAN);
  }

  private static SyntheticDump.Builder twoLevels() {
    SyntheticDump.Builder dump =
        dump()
            .writeInt(0x200000, 0x201067)
            .writeInt(0x201000 + 4 * 0x10, 0x202067)
            .writeInt(0x202000, 0x1234);
    for (int i = 0; i < 8; i++) {
      dump.writeInt(0x1400000 + 4 * (0x200 + i), i << 22 | 0x1e3);
      dump.writeInt(0x200000 + 4 * (0x200 + i), i << 22 | 0x1e3);
    }
    return dump;
  }

  private static SyntheticDump.Builder pae() {
    SyntheticDump.Builder dump =
        dump()
            .writeLong(0x1400018, 0x1401001)
            .writeLong(0x200020, 0x201001)
            .writeLong(0x200038, 0x1401001)
            .writeLong(0x201000, 0x202067)
            .writeLong(0x202000 + 8 * 0x10, 0x8000000000203067L)
            .writeInt(0x203000, 0x1234);
    for (long i = 0; i < 16; i++) {
      dump.writeLong(0x1401000 + 8 * i, i << 21 | 0x1e3);
    }
    return dump;
  }

  private static SyntheticDump.Builder withCpu(SyntheticDump.Builder dump, long cr3, long cr4) {
    ByteBuffer qemu = ByteBuffer.allocate(440).order(ByteOrder.LITTLE_ENDIAN);
    qemu.putInt(0, 1).putInt(4, 440).putLong(416, cr3).putLong(424, cr4);
    return dump.note("CORE", 1, new byte[144]).note("QEMU", 0, qemu.array());
  }

  private static TestMachine machine(SyntheticDump.Builder dump) {
    return new TestMachine(new I386(), dump.build());
  }

  private static void mapsAll(KernelSpace space, long pageOffset) {
    assertThat(physical(space.virtual(), pageOffset + 0x1000123)).isEqualTo(0x1000123);
    assertThat(physical(space.virtual(), pageOffset + 0x400000)).isEqualTo(0x400000);
    assertThat(space.virtual().translate(pageOffset + 0x2000000))
        .isInstanceOf(Fault.NotMapped.class);
  }

  @Test
  void pageOffsetIsTheOneThatTheTablesAgreeWith() throws MissingFactException {
    KernelSpace space = machine(twoLevels()).withVmcoreinfo(TWO_LEVELS).kernelSpace();
    mapsAll(space, 0x80000000L);
    assertThat(space.facts())
        .containsExactly(
            new KernelSpace.Fact("paging", "two levels", "VMCOREINFO"),
            new KernelSpace.Fact("PAGE_OFFSET", "0x80000000", "the page tables"),
            new KernelSpace.Fact(
                "page table root", "0x1400000", "swapper_pg_dir less PAGE_OFFSET"));
    assertThat(space.kaslrOffset()).as("nothing tells where it was linked").isEmpty();
    assertThat(physical(new I386().addressSpace(space, 0x200000), 0x10000)).isEqualTo(0x202000);
    assertThat(new I386().pageTableRoots(space).test(0x200000)).isTrue();
    assertThat(new I386().pageTableRoots(space).test(0x201000)).isFalse();
  }

  @Test
  void paeWithItsSmallTables() throws MissingFactException {
    KernelSpace space = machine(pae()).withVmcoreinfo(PAE).kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.fact("paging")).hasValue("PAE");
    assertThat(physical(new I386().addressSpace(space, 0x200020), 0x10000)).isEqualTo(0x203000);
    assertThat(new I386().pageTableRoots(space).test(0x200020)).isTrue();
    assertThat(new I386().pageTableRoots(space).test(0x200040)).isFalse();
  }

  @Test
  void theFirstSegmentTellsPageOffset() throws MissingFactException {
    SyntheticDump.Builder dump =
        twoLevels()
            .segment(new Segment(0x80001000L, 0x1000, 0x9e000, 0x9e000))
            .segment(new Segment(0x80100000L, 0x100000, 0x1f00000, 0x1f00000));
    KernelSpace space = machine(dump).withVmcoreinfo(TWO_LEVELS).kernelSpace();
    mapsAll(space, 0x80000000L);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("PAGE_OFFSET", "0x80000000", "the first PT_LOAD"));
  }

  @Test
  void vmlinuxTellsHowFarTheKernelWasMoved() throws MissingFactException {
    KernelSpace space =
        machine(pae()).withVmcoreinfo(PAE).withVmlinux(Map.of("_stext", 0xc0400000L)).kernelSpace();
    assertThat(space.kaslrOffset()).hasValue(0xc00000);
  }

  @Test
  void vmlinuxAloneWillDoWhereTheKernelWasNotMoved() throws MissingFactException {
    KernelSpace space =
        machine(pae())
            .withVmlinux(Map.of("_stext", 0xc1000000L, "swapper_pg_dir", 0xc1400000L))
            .kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.kaslrOffset()).hasValue(0);
    assertThat(space.facts()).contains(new KernelSpace.Fact("paging", "PAE", "the page tables"));
  }

  @Test
  void optionsStandInForWhatIsMissing() throws MissingFactException {
    mapsAll(
        machine(twoLevels())
            .withVmlinux(Map.of("swapper_pg_dir", 0x80c00000L))
            .withOptions(
                Map.of("kaslr_offset", "0x800000", "page_offset", "0x80000000", "pae", "0"))
            .kernelSpace(),
        0x80000000L);
  }

  @Test
  void withoutVmcoreinfoControlRegistersTell() throws MissingFactException {
    KernelSpace space = machine(withCpu(pae(), 0x200020, 0x350620)).kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("paging", "PAE", "CR4 of CPU 0"),
            new KernelSpace.Fact("page table root", "0x200020", "CR3 of CPU 0"));
    mapsAll(machine(withCpu(twoLevels(), 0x200000, 0x350610)).kernelSpace(), 0x80000000L);
  }

  /** With page-table isolation a CPU in user mode has the table after the kernel's. */
  @Test
  void aTableForUserModeLeadsToTheKernels() throws MissingFactException {
    SyntheticDump.Builder dump = pae().writeLong(0x300018, 0x1401001).zeroPages(0x301000, 4096);
    KernelSpace space = machine(withCpu(dump, 0x301000, 0x20)).kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.root()).isEqualTo(0x300000);
  }

  @Test
  void whereTheRootIsLostLowMemoryIsServed() throws MissingFactException {
    KernelSpace space = machine(dump()).withVmcoreinfo(PAE).kernelSpace();
    assertThat(physical(space.virtual(), 0xc1000123L)).isEqualTo(0x1000123);
    assertThat(space.virtual().translate(0xc8800000L)).isInstanceOf(Fault.TableUnreadable.class);
  }

  @Test
  void withoutAnyFactTheErrorSaysWhatWouldHelp() {
    assertThatThrownBy(() -> machine(pae()).kernelSpace())
        .isInstanceOf(MissingFactException.class)
        .hasMessage(
            "cannot find the kernel's page tables: nothing tells swapper_pg_dir, and no QEMU note"
                + " has CR3; give --vmcoreinfo FILE (the text of that machine's VMCOREINFO), or"
                + " --vmlinux FILE with --arch-option kaslr_offset=N, and --arch-option"
                + " page_offset=N and pae=0 or 1 where these are unusual");
    assertThatThrownBy(
            () -> machine(dump().zeroPages(0x1400000, 4096)).withVmcoreinfo(PAE).kernelSpace())
        .hasMessageContaining("the kernel is not mapped by [swapper_pg_dir less PAGE_OFFSET]");
  }
}
