package org.vmcore.arch.riscv32;

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
 * A small machine whose kernel lies at physical 0x80400000, the start of its linear map.
 *
 * <pre>
 *   80400000  image: header, text from 2000 on
 *   80800000  image: swapper_pg_dir, with 9c800000 for the fixmap and c0000000 on
 *   81000000  the table of a process with a page at 10000, and its PTEs
 * </pre>
 */
class Riscv32KernelSpaceTest {
  private static final long SWAPPER = 0x80800000L;

  private static final String VMCOREINFO =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=c0400000
      SYMBOL(_stext)=c0002000
      """;

  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("riscv32", 243, 32, ByteOrder.LITTLE_ENDIAN);
  }

  private static SyntheticDump.Builder memory(boolean withRoot) {
    SyntheticDump.Builder dump =
        dump()
            .writeLong(0x80400030L, 0x5643534952L)
            .writeInt(0x80400038L, 0x05435352)
            .writeInt(0x81000000L, 0x20400401)
            .writeInt(0x81000000L + 4 * 0x300, 0x201000eb)
            .writeInt(0x81000000L + 4 * 0x301, 0x202000e7)
            .writeInt(0x81001000L + 4 * 0x10, 0x204008d7)
            .writeInt(0x81002000L, 0x1234);
    if (withRoot) {
      dump.writeInt(SWAPPER + 4 * 0x272, 0x20400c01)
          .writeInt(SWAPPER + 4 * 0x300, 0x201000eb)
          .writeInt(SWAPPER + 4 * 0x301, 0x202000e7);
    }
    return dump;
  }

  private static TestMachine machine(SyntheticDump.Builder dump) {
    return new TestMachine(new Riscv32(), dump.build());
  }

  private static void mapsAll(KernelSpace space) {
    assertThat(space.root()).isEqualTo(SWAPPER);
    assertThat(physical(space.virtual(), 0xc0002123L)).isEqualTo(0x80402123L);
    assertThat(physical(space.virtual(), 0xc0400000L)).isEqualTo(SWAPPER);
    assertThat(space.virtual().translate(0xc0800000L)).isInstanceOf(Fault.NotMapped.class);
    assertThat(space.fact("va_kernel_pa_offset")).hasValue("0x3fc00000");
  }

  @Test
  void theImagesHeaderTellsWhereItIs() throws MissingFactException {
    KernelSpace space = machine(memory(true)).withVmcoreinfo(VMCOREINFO).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact(
                "page table root",
                "0x80800000",
                "swapper_pg_dir with the kernel image's header at 0x80400000"));
  }

  @Test
  void newerKernelsTellItAll() throws MissingFactException {
    String more = "NUMBER(phys_ram_base)=-2147483648\nNUMBER(va_kernel_pa_offset)=0x3fc00000\n";
    KernelSpace space = machine(memory(true)).withVmcoreinfo(VMCOREINFO + more).kernelSpace();
    mapsAll(space);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("phys_ram_base", "0x80000000", "VMCOREINFO"),
            new KernelSpace.Fact(
                "page table root", "0x80800000", "swapper_pg_dir with VMCOREINFO"));
    String satp = "NUMBER(satp)=0x80080800\n";
    KernelSpace bySatp = machine(memory(true)).withVmcoreinfo(VMCOREINFO + satp).kernelSpace();
    mapsAll(bySatp);
    assertThat(bySatp.facts())
        .contains(new KernelSpace.Fact("page table root", "0x80800000", "satp of VMCOREINFO"));
  }

  @Test
  void optionsAndSegmentsStandInForWhatIsMissing() throws MissingFactException {
    Map<String, Long> vmlinux = Map.of("swapper_pg_dir", 0xc0400000L, "_stext", 0xc0002000L);
    mapsAll(
        machine(memory(true))
            .withVmlinux(vmlinux)
            .withOptions(Map.of("va_kernel_pa_offset", "0x3fc00000"))
            .kernelSpace());
    mapsAll(machine(memory(true)).withOptions(Map.of("satp", "0x80080800")).kernelSpace());
    SyntheticDump.Builder dump =
        memory(false).segment(new Segment(0xc0000000L, 0x80400000L, 0x2000000, 0x2000000));
    KernelSpace lost = machine(dump).withVmcoreinfo(VMCOREINFO).kernelSpace();
    assertThat(physical(lost.virtual(), 0xc0002123L)).isEqualTo(0x80402123L);
  }

  @Test
  void processesAreFoundAndReadThroughTheirTables() throws MissingFactException {
    KernelSpace space = machine(memory(true)).withVmcoreinfo(VMCOREINFO).kernelSpace();
    Riscv32 riscv = new Riscv32();
    assertThat(riscv.pageTableRoots(space).test(0x81000000L)).isTrue();
    assertThat(riscv.pageTableRoots(space).test(0x81001000L)).isFalse();
    VirtualMemory process = riscv.addressSpace(space, 0x81000000L);
    assertThat(physical(process, 0x10000)).isEqualTo(0x81002000L);
    assertThat(physical(process, 0xc0002123L)).isEqualTo(0x80402123L);
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> machine(memory(true)).kernelSpace())
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("nothing tells swapper_pg_dir")
        .hasMessageContaining("--arch-option va_kernel_pa_offset=N")
        .hasMessageContaining("--arch-option satp=N");
    assertThatThrownBy(() -> machine(dump()).withVmcoreinfo(VMCOREINFO).kernelSpace())
        .hasMessageContaining("the kernel image is not in the dump");
  }
}
