package org.vmcore.arch.arm;

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
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Small machines whose RAM begins at 0x60000000, with a boot ROM at 0.
 *
 * <pre>
 *   short descriptors, 2 GiB for the kernel   LPAE, 1 GiB for the kernel
 *   60004000  PGD: RAM in sections            60003000  PGD -> PMD at 60007000
 *   61000000  PGD of a process                61000020  PGD of a process
 *   61005800  its PTE; 61006000 its page      61001000  its PMD, then PTE; 61003000 its page
 * </pre>
 */
class ArmKernelSpaceTest {
  private static final String SHORT =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=80004000
      SYMBOL(_stext)=80100000
      SYMBOL(mem_map)=80700000
      """;

  private static final String LPAE =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=c0003000
      SYMBOL(_stext)=c0200000
      CONFIG_ARM_LPAE=y
      """;

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("arm", 40, 32, ByteOrder.LITTLE_ENDIAN).zeroPages(0, 4096);
  }

  private static SyntheticDump.Builder shortDescriptors() {
    SyntheticDump.Builder dump =
        dump()
            .zeroPages(0x60000000, 0x9000)
            .zeroPages(0x61000000, 0x4000)
            .writeInt(0x61000000, 0x61005811)
            .writeInt(0x61005800 + 4 * 0x10, 0x6100645e)
            .writeInt(0x61006000, 0x1234);
    for (int i = 0; i < 32; i++) {
      dump.writeInt(0x60004000 + 4 * (0x800 + i), 0x6001140e + (i << 20));
      dump.writeInt(0x61000000 + 4 * (0x800 + i), 0x6001140e + (i << 20));
    }
    return dump;
  }

  private static SyntheticDump.Builder lpae() {
    SyntheticDump.Builder dump =
        dump()
            .zeroPages(0x60000000, 0x9000)
            .writeLong(0x60003018, 0x60007003)
            .writeLong(0x61000020, 0x61001003)
            .writeLong(0x61000038, 0x60007003)
            .writeLong(0x61001000, 0x61002003)
            .writeLong(0x61002000 + 8 * 0x10, 0x61003fdf)
            .writeInt(0x61003000, 0x1234);
    for (long i = 0; i < 16; i++) {
      dump.writeLong(0x60007000 + 8 * i, 0x6000071d + (i << 21));
    }
    return dump;
  }

  private static TestMachine machine(SyntheticDump.Builder dump) {
    return new TestMachine(new Arm(), dump.build());
  }

  private static void mapsAll(KernelSpace space, long pageOffset) {
    assertThat(physical(space.virtual(), pageOffset + 0x200123)).isEqualTo(0x60200123);
    assertThat(physical(space.virtual(), pageOffset + 0x1f00000)).isEqualTo(0x61f00000);
    assertThat(space.virtual().translate(pageOffset + 0x2000000))
        .isInstanceOf(Fault.NotMapped.class);
    assertThat(space.kaslrOffset()).hasValue(0);
  }

  @Test
  void whereRamBeginsTheTablesTell() throws MissingFactException {
    Arm arm = new Arm();
    KernelSpace space = machine(shortDescriptors()).withVmcoreinfo(SHORT).kernelSpace();
    mapsAll(space, 0x80000000L);
    assertThat(space.facts())
        .containsExactly(
            new KernelSpace.Fact("paging", "short descriptors", "VMCOREINFO"),
            new KernelSpace.Fact("PAGE_OFFSET", "0x80000000", "swapper_pg_dir"),
            new KernelSpace.Fact("PHYS_OFFSET", "0x60000000", "the page tables"),
            new KernelSpace.Fact("page table root", "0x60004000", "swapper_pg_dir"));
    assertThat(physical(arm.addressSpace(space, 0x6100006a), 0x10000)).isEqualTo(0x61006000);
    assertThat(arm.pageTableRoots(space).test(0x61000000)).isTrue();
    assertThat(arm.pageTableRoots(space).test(0x61001000)).isFalse();
  }

  @Test
  void lpaeWithItsSmallTables() throws MissingFactException {
    Arm arm = new Arm();
    KernelSpace space = machine(lpae()).withVmcoreinfo(LPAE).kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(physical(arm.addressSpace(space, 0x61000020), 0x10000)).isEqualTo(0x61003000);
    assertThat(arm.pageTableRoots(space).test(0x61000020)).isTrue();
    assertThat(arm.pageTableRoots(space).test(0x61000040)).isFalse();
  }

  /** On machines with much memory the last one's p_vaddr is past low memory, and false. */
  @Test
  void theFirstSegmentTellsWhereRamBegins() throws MissingFactException {
    SyntheticDump.Builder dump =
        shortDescriptors()
            .segment(new Segment(0x80200000L, 0x60200000, 0x1e00000, 0x1e00000))
            .segment(new Segment(0xa0000000L, 0x90000000L, 0x1000000, 0x1000000));
    KernelSpace space = machine(dump).withVmcoreinfo(SHORT).kernelSpace();
    mapsAll(space, 0x80000000L);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("PHYS_OFFSET", "0x60000000", "the first PT_LOAD"));
  }

  @Test
  void withoutAnyFactTheUsualPlacesAreTried() throws MissingFactException {
    mapsAll(machine(shortDescriptors()).kernelSpace(), 0x80000000L);
    KernelSpace space = machine(lpae()).kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("paging", "LPAE", "the page tables"),
            new KernelSpace.Fact(
                "page table root", "0x60003000", "the usual place of swapper_pg_dir"));
  }

  @Test
  void vmlinuxAndOptionsStandInForWhatIsMissing() throws MissingFactException {
    KernelSpace space =
        machine(lpae())
            .withVmlinux(Map.of("swapper_pg_dir", 0xc0003000L))
            .withOptions(Map.of("phys_base", "0x60000000", "lpae", "1"))
            .kernelSpace();
    mapsAll(space, 0xc0000000L);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("paging", "LPAE", "--arch-option"),
            new KernelSpace.Fact("PHYS_OFFSET", "0x60000000", "--arch-option"));
  }

  @Test
  void whereTheRootIsLostLowMemoryIsServed() throws MissingFactException {
    SyntheticDump.Builder dump =
        dump().segment(new Segment(0x80000000L, 0x60000000, 0x2000000, 0x2000000));
    KernelSpace space = machine(dump).withVmcoreinfo(SHORT).kernelSpace();
    assertThat(physical(space.virtual(), 0x80100123L)).isEqualTo(0x60100123);
    assertThat(space.virtual().translate(0x88800000L)).isInstanceOf(Fault.TableUnreadable.class);
  }

  @Test
  void theErrorSaysWhatWouldHelp() {
    assertThatThrownBy(() -> machine(dump()).kernelSpace())
        .isInstanceOf(MissingFactException.class)
        .hasMessage(
            "cannot find the kernel's page tables: no swapper_pg_dir maps the kernel, with RAM from"
                + " [0x0]; give --vmcoreinfo FILE (the text of that machine's VMCOREINFO) or"
                + " --vmlinux FILE, and --arch-option phys_base=N (where RAM begins) and lpae=0 or"
                + " 1 where these are unusual");
  }
}
