package org.vmcore.arch.ppc64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Small machines: text at physical 0, swapper_pg_dir at 100000, further tables from 110000 on, a
 * vmalloc page at 200000.
 */
class PpcKernelSpaceTest {
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

  private static final String VMCOREINFO =
      """
      OSRELEASE=6.1.0
      PAGESIZE=65536
      SYMBOL(swapper_pg_dir)=c000000000100000
      SYMBOL(_stext)=c000000000000000
      KERNELOFFSET=0
      """;

  /** Builds memory, of which page tables are big-endian always. */
  private static final class Memory {
    final SyntheticDump.Builder dump;
    final ByteOrder order;

    Memory(ByteOrder order) {
      this.order = order;
      this.dump =
          SyntheticDump.builder("kernel", 21, 64, order)
              .write(0, "text".getBytes(US_ASCII))
              .write(0x200000, "vmalloc".getBytes(US_ASCII))
              .zeroPages(0x100000, 0x60000);
    }

    Memory entry(long table, long index, long entry) {
      dump.write(table + index * 8, ByteBuffer.allocate(8).putLong(entry).array());
      return this;
    }

    Memory variable(long address, long value) {
      dump.writeLong(address, value);
      return this;
    }

    Memory half(long address, int value) {
      dump.write(address, ByteBuffer.allocate(4).order(order).putInt(value).array());
      return this;
    }
  }

  private static Memory radix(ByteOrder order) {
    return new Memory(order)
        .entry(0x100000, 0, 0x8000000000110009L)
        .entry(0x110000, 0, 0x8000000000111009L)
        .entry(0x111000, 0, 0xc00000000000018dL)
        .entry(0x100000, 0x1000, 0x8000000000112009L)
        .entry(0x112000, 0, 0x8000000000113009L)
        .entry(0x113000, 0, 0x8000000000114005L)
        .entry(0x114000, 1, 0xc00000000020018eL);
  }

  /** The index of vmalloc differs with the layout. */
  private static Memory hash(ByteOrder order, long vmallocIndex) {
    return new Memory(order)
        .entry(0x100000, vmallocIndex, 0x8000000000112000L)
        .entry(0x112000, 0, 0x8000000000114000L)
        .entry(0x114000, 0, 0x8000000000116000L)
        .entry(0x116000, 1, 0xc08000000020018eL);
  }

  private static KernelSpace space(
      Memory memory, String vmcoreinfo, Map<String, Long> vmlinux, Map<String, String> options)
      throws MissingFactException {
    SyntheticDump dump = memory.dump.build();
    return new Ppc64()
        .kernelSpace(
            new Machine(
                dump,
                vmcoreinfo.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Vmcoreinfo.parse(vmcoreinfo.getBytes(US_ASCII))),
                new Ppc64().cpus(dump),
                name ->
                    vmlinux.containsKey(name)
                        ? OptionalLong.of(vmlinux.get(name))
                        : OptionalLong.empty(),
                options));
  }

  private static void assertHolds(KernelSpace space, long address, String text) {
    byte[] bytes = new byte[text.length()];
    assertThat(space.virtual().read(address, bytes, 0, bytes.length).fault()).isNull();
    assertThat(bytes).asString(US_ASCII).isEqualTo(text);
  }

  @Test
  void theTablesTellRadixFromHashInEitherByteOrder() throws Exception {
    for (ByteOrder order : new ByteOrder[] {LITTLE, BIG}) {
      KernelSpace radix = space(radix(order), VMCOREINFO, Map.of(), Map.of());
      assertThat(radix.fact("mmu")).hasValue("radix");
      assertThat(radix.root()).isEqualTo(0x100000);
      assertThat(radix.kaslrOffset()).hasValue(0);
      assertHolds(radix, 0xc000000000000000L, "text");
      assertHolds(radix, 0xc008000000010000L, "vmalloc");

      KernelSpace hash = space(hash(order, 0x80), VMCOREINFO, Map.of(), Map.of());
      assertThat(hash.fact("mmu")).hasValue("hash");
      assertHolds(hash, 0xc000000000000000L, "text");
      assertHolds(hash, 0xc008000000010000L, "vmalloc");
    }
  }

  @Test
  void newerKernelsSayWhichMmuTheyHad() throws Exception {
    String told = VMCOREINFO + "NUMBER(RADIX_MMU)=1\n";
    assertThat(space(radix(LITTLE), told, Map.of(), Map.of()).facts())
        .anyMatch(fact -> fact.name().equals("mmu") && fact.source().equals("VMCOREINFO"));
  }

  /** Before Linux 5.2 vmalloc was in a region of its own, whose first entry is that of index 0. */
  @Test
  void olderKernelsHadVmallocElsewhereWithHash() throws Exception {
    KernelSpace space = space(hash(BIG, 0), VMCOREINFO, Map.of(), Map.of());
    assertHolds(space, 0xd000000000010000L, "vmalloc");
    assertThat(space.virtual().translate(0xc008000000000000L))
        .isInstanceOf(Translation.Mapped.class);
  }

  /** 12, 5, 5 and 8 bits: the layout of 64 KiB kernels before Linux 4.12. */
  @Test
  void theKernelsVariablesTellItsLayout() throws Exception {
    Memory memory =
        hash(LITTLE, 0)
            .variable(0x150000, 12)
            .variable(0x150008, 5)
            .variable(0x150010, 5)
            .variable(0x150018, 8)
            .variable(0x150020, 0xd000000000000000L);
    Map<String, Long> vmlinux =
        Map.of(
            "__pgd_index_size", 0xc000000000150000L,
            "__pud_index_size", 0xc000000000150008L,
            "__pmd_index_size", 0xc000000000150010L,
            "__pte_index_size", 0xc000000000150018L,
            "__kernel_virt_start", 0xc000000000150020L,
            "swapper_pg_dir", 0xc000000000100000L);
    KernelSpace space = space(memory, VMCOREINFO, vmlinux, Map.of());
    assertThat(space.fact("page table indices")).hasValue("12/5/5/8 bits, 64 KiB pages");
    assertHolds(space, 0xd000000000010000L, "vmalloc");
    assertHolds(space(memory, "", vmlinux, Map.of()), 0xd000000000010000L, "vmalloc");
  }

  /** Two pieces of 64 KiB; with hash they are in no page table. */
  @Test
  void theArrayOfPagesIsWhereTheKernelsListSays() throws Exception {
    Memory memory =
        hash(LITTLE, 0x80)
            .variable(0x150000, 0xc000000000151000L)
            .variable(0x151000, 0xc000000000152000L)
            .variable(0x151008, 0x210000)
            .variable(0x151010, 0xc00c000000010000L)
            .variable(0x152000, 0)
            .variable(0x152008, 0x200000)
            .variable(0x152010, 0xc00c000000000000L)
            .half(0x153000, 2)
            .half(0x154000 + 2 * 24 + 4, 16);
    String vmcoreinfo =
        VMCOREINFO
            + """
            SYMBOL(vmemmap_list)=c000000000150000
            SYMBOL(mmu_vmemmap_psize)=c000000000153000
            SYMBOL(mmu_psize_defs)=c000000000154000
            SIZE(vmemmap_backing)=24
            OFFSET(vmemmap_backing.list)=0
            OFFSET(vmemmap_backing.phys)=8
            OFFSET(vmemmap_backing.virt_addr)=16
            SIZE(mmu_psize_def)=24
            OFFSET(mmu_psize_def.shift)=4
            """;
    KernelSpace space = space(memory, vmcoreinfo, Map.of(), Map.of());
    assertHolds(space, 0xc00c000000000000L, "vmalloc");
    assertThat(space.virtual().translate(0xc00c000000000010L))
        .isEqualTo(new Translation.Mapped(0x200010, 0x1fff0));
  }

  @Test
  void aListThatLeadsInACircleEnds() throws Exception {
    Memory memory =
        hash(BIG, 0x80)
            .variable(0x150000, 0xc000000000151000L)
            .variable(0x151000, 0xc000000000151000L)
            .half(0x154004, 16);
    String vmcoreinfo =
        VMCOREINFO
            + """
            SYMBOL(vmemmap_list)=c000000000150000
            SYMBOL(mmu_vmemmap_psize)=c000000000153000
            SYMBOL(mmu_psize_defs)=c000000000154000
            OFFSET(vmemmap_backing.list)=0
            OFFSET(vmemmap_backing.phys)=8
            OFFSET(vmemmap_backing.virt_addr)=16
            SIZE(mmu_psize_def)=24
            OFFSET(mmu_psize_def.shift)=4
            """;
    assertHolds(space(memory, vmcoreinfo, Map.of(), Map.of()), 0xc000000000000000L, "text");
  }

  @Test
  void theUserMaySayItAll() throws Exception {
    Map<String, String> options =
        Map.of("swapper_pg_dir", "0xc000000000100000", "mmu", "hash", "page_size", "65536");
    assertHolds(space(hash(LITTLE, 0x80), "", Map.of(), options), 0xc008000000010000L, "vmalloc");
  }

  @Test
  void whatIsMissingNamesTheOption() {
    assertThatThrownBy(() -> space(radix(LITTLE), "", Map.of(), Map.of()))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("swapper_pg_dir=N");
    assertThatThrownBy(() -> space(new Memory(LITTLE), VMCOREINFO, Map.of(), Map.of()))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("mmu=radix");
    assertThatThrownBy(() -> space(radix(LITTLE), VMCOREINFO, Map.of(), Map.of("mmu", "segments")))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("mmu=segments");
  }

  /** The tables at this address map another text. */
  @Test
  void aRadixTableThatDoesNotMapTheKernelIsRefused() {
    String wrong = VMCOREINFO.replace("_stext)=c000000000000000", "_stext)=c000000040000000");
    assertThatThrownBy(() -> space(radix(LITTLE), wrong, Map.of(), Map.of()))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("do not map the kernel");
  }
}
