package org.vmcore.arch.x86_64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.Reheaded;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * A small machine: the kernel is linked at ffffffff81000000, KASLR moved it by 0x5000000, and it
 * lies at physical 0x3000000, so phys_base is 0x3000000 - 0x6000000 = -0x3000000.
 *
 * <pre>
 *   3000000  image: text
 *   3200000  image: swapper_pg_dir, then level3_kernel_pgt, level2_kernel_pgt
 *    100000  PUD of the direct map, which begins at ffff9a4040000000
 *    101000  PMD of its first gigabyte
 *    102000  the table of a process for the kernel's use, 103000 that for user mode (PTI)
 *    104000  PUD, PMD, PTE of the process
 *    200000  kernel data: empty lists
 *    400000  the process's page
 * </pre>
 */
class KernelSpaceTest {
  private static final long STEXT = 0xffffffff86000000L;
  private static final long DIRECT = 0xffff9a4040000000L;
  private static final long PHYS_BASE = -0x3000000;

  private static final String VMCOREINFO =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=ffffffff86200000
      SYMBOL(_stext)=ffffffff86000000
      SYMBOL(prb)=ffffffff86205678
      NUMBER(phys_base)=-50331648
      NUMBER(pgtable_l5_enabled)=0
      KERNELOFFSET=5000000
      NUMBER(sme_mask)=0
      """;

  private static SyntheticDump.Builder memory(boolean withKernelTables) {
    SyntheticDump.Builder dump =
        SyntheticDump.builder("kernel", 62, 64, ByteOrder.LITTLE_ENDIAN)
            .write(0x3000000, "text".getBytes(US_ASCII))
            .zeroPages(0x0, 0x4000)
            .write(0x400000, "user".getBytes(US_ASCII))
            .writeLong(0x100000 + 8 * 0x101, 0x101063)
            .writeLong(0x101000, 0x1e3 | 1L << 63)
            .writeLong(0x101008, 0x2001e3 | 1L << 63)
            .writeLong(0x101010, 0x4001e3 | 1L << 63)
            .writeLong(0x101000 + 8 * 24, 0x30001e3)
            .writeLong(0x101000 + 8 * 25, 0x32001e3)
            .writeLong(0x102000, 0x104067)
            .writeLong(0x102000 + 8 * 0x134, 0x100067)
            .writeLong(0x102000 + 8 * 511, 0x3201067)
            .writeLong(0x103000, 0x104067)
            .writeLong(0x104000, 0x105067)
            .writeLong(0x105000, 0x106067)
            .writeLong(0x106000 + 8 * 0x10, 0x400067);
    for (long at = 0x200010; at < 0x200010 + 100 * 64; at += 64) {
      dump.writeLong(at, DIRECT + at).writeLong(at + 8, DIRECT + at);
    }
    if (withKernelTables) {
      dump.writeLong(0x3200000 + 8 * 0x134, 0x100067)
          .writeLong(0x3200000 + 8 * 511, 0x3201067)
          .writeLong(0x3201000 + 8 * 510, 0x3202067)
          .writeLong(0x3202000 + 8 * 48, 0x30001e1)
          .writeLong(0x3202000 + 8 * 49, 0x32001e3 | 1L << 63);
    }
    return dump;
  }

  private static KernelSpace find(Dump dump, String vmcoreinfo) throws MissingFactException {
    return find(dump, vmcoreinfo, Map.of(), Map.of());
  }

  private static KernelSpace find(
      Dump dump, String vmcoreinfo, Map<String, Long> vmlinux, Map<String, String> options)
      throws MissingFactException {
    X86_64 x86 = new X86_64();
    return x86.kernelSpace(
        new Machine(
            dump,
            vmcoreinfo.isEmpty()
                ? Optional.empty()
                : Optional.of(Vmcoreinfo.parse(vmcoreinfo.getBytes(US_ASCII))),
            x86.cpus(dump),
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
    assertThat(physical(space.virtual(), STEXT + 0x1234)).isEqualTo(0x3001234);
    assertThat(physical(space.virtual(), STEXT + 0x205678)).isEqualTo(0x3205678);
    assertThat(physical(space.virtual(), DIRECT + 0x200123)).isEqualTo(0x200123);
    assertThat(space.virtual().translate(STEXT - 1)).isInstanceOf(Fault.NotMapped.class);
  }

  private static long physical(VirtualMemory memory, long address) {
    Translation translation = memory.translate(address);
    assertThat(translation).isInstanceOf(Translation.Mapped.class);
    return ((Translation.Mapped) translation).physicalAddress();
  }

  @Test
  void vmcoreinfoTellsItAll() throws MissingFactException {
    KernelSpace space = find(memory(true).build(), VMCOREINFO);
    mapsAll(space);
    assertThat(space.root()).isEqualTo(0x3200000);
    assertThat(space.kaslrOffset()).hasValue(0x5000000);
    assertThat(space.facts())
        .containsExactlyInAnyOrder(
            new KernelSpace.Fact("page table levels", "4", "VMCOREINFO"),
            new KernelSpace.Fact("KASLR offset", "0x5000000", "VMCOREINFO"),
            new KernelSpace.Fact(
                "page table root", "0x3200000", "swapper_pg_dir with phys_base from VMCOREINFO"),
            new KernelSpace.Fact("phys_base", "0xfffffffffd000000", "VMCOREINFO"),
            new KernelSpace.Fact("page_offset_base", "0xffff9a4040000000", "the page tables"));
  }

  /** Linux before 4.10. */
  @Test
  void physBaseFollowsFromTheImagesSegment() throws MissingFactException {
    Dump dump =
        memory(true)
            .segment(new Segment(0x3000000, 0x3000000, 0x1000, 0x1000))
            .segment(new Segment(STEXT, 0x3000000, 0x400000, 0x400000))
            .segment(new Segment(DIRECT, 0, 0x4000000, 0x4000000))
            .build();
    KernelSpace space = find(dump, without("phys_base", "l5", "sme"));
    mapsAll(space);
    assertThat(space.fact("phys_base")).hasValue("0xfffffffffd000000");
    assertThat(space.facts().get(0))
        .isEqualTo(new KernelSpace.Fact("page table levels", "4", "nothing says 5"));
  }

  @Test
  void physBaseComesFromTheSubHeader() throws MissingFactException {
    KernelSpace space =
        find(Reheaded.withPhysBase(memory(true).build(), PHYS_BASE), without("phys_base"));
    mapsAll(space);
    assertThat(space.facts())
        .contains(new KernelSpace.Fact("phys_base", "0xfffffffffd000000", "the kdump sub-header"));
  }

  /** QEMU reads phys_base's decimal digits as hexadecimal. */
  @Test
  void aWrongPhysBaseIsNotBelieved() throws MissingFactException {
    Dump dump = Reheaded.withPhysBase(memory(true).build(), -0x50331648);
    assertThatThrownBy(() -> find(dump, without("phys_base")))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("swapper_pg_dir with phys_base from the kdump sub-header")
        .hasMessageContaining("--vmcoreinfo FILE");
  }

  @Test
  void kaslrOffsetFollowsFromVmlinux() throws MissingFactException {
    KernelSpace space =
        find(
            memory(true).build(),
            without("KERNELOFFSET"),
            Map.of("_stext", 0xffffffff81000000L),
            Map.of());
    assertThat(space.kaslrOffset()).hasValue(0x5000000);
    assertThat(find(memory(true).build(), without("KERNELOFFSET")).kaslrOffset()).isEmpty();
  }

  @Test
  void optionsAndVmlinuxStandInForVmcoreinfo() throws MissingFactException {
    Map<String, Long> vmlinux =
        Map.of("_stext", 0xffffffff81000000L, "init_top_pgt", 0xffffffff81200000L);
    Map<String, String> options = Map.of("phys_base", "-50331648", "kaslr_offset", "0x5000000");
    mapsAll(find(memory(true).build(), "", vmlinux, options));
    assertThatThrownBy(() -> find(memory(true).build(), "", vmlinux, Map.of("phys_base", "much")))
        .hasMessage("--arch-option phys_base=much: not a number (decimal, or hexadecimal with 0x)");
  }

  @Test
  void withoutVmcoreinfoAControlRegisterTells() throws MissingFactException {
    Dump dump = withCpu(memory(true), STEXT, 0x10, 0x3200000, 0).build();
    KernelSpace space = find(dump, "", Map.of("_text", 0xffffffff81000000L), Map.of());
    mapsAll(space);
    assertThat(space.kaslrOffset()).hasValue(0x5000000);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact("page table root", "0x3200000", "CR3 of CPU 0"),
            new KernelSpace.Fact("phys_base", "0xfffffffffd000000", "the page tables"));
  }

  /** With page-table isolation CR3 points at a table that does not map the kernel. */
  @Test
  void aCpuInUserModeLeadsToTheKernelsTable() throws MissingFactException {
    Dump dump = withCpu(memory(true), 0x401000, 0x33, 0x103801, 0).build();
    KernelSpace space = find(dump, "");
    mapsAll(space);
    assertThat(space.root()).isEqualTo(0x102000);
  }

  @Test
  void aCpuInTheKernelIsPreferred() throws MissingFactException {
    SyntheticDump.Builder dump = memory(true);
    withCpu(dump, 0x401000, 0x33, 0x103801, 0);
    withCpu(dump, STEXT, 0x10, 0x3200000, 0);
    assertThat(find(dump.build(), "").root()).isEqualTo(0x3200000);
  }

  /** Until 4.10 nothing tells phys_base; vmalloc is in the kernel's own table alone here. */
  @Test
  void theTableOfAProcessLeadsToTheKernelsOwn() throws MissingFactException {
    SyntheticDump.Builder memory = memory(true).writeLong(0x3200000 + 8 * 0x192, 0x104067);
    Dump dump = withCpu(memory, STEXT, 0x10, 0x102000, 0).build();
    KernelSpace space = find(dump, without("phys_base"));
    mapsAll(space);
    assertThat(space.root()).isEqualTo(0x3200000);
    assertThat(physical(space.virtual(), 0xffffc90000010000L)).isEqualTo(0x400000);
    assertThat(new X86_64().pageTableRoots(space).test(0x102000)).isTrue();
  }

  @Test
  void controlRegistersTellOfFiveLevels() throws MissingFactException {
    SyntheticDump.Builder memory =
        memory(true)
            .writeLong(0x500000 + 8 * 511, 0x3200067)
            .writeLong(0x500000 + 8 * 0x1ea, 0x3200067);
    Dump dump = withCpu(memory, STEXT, 0x10, 0x500000, 0x1000).build();
    KernelSpace space = find(dump, "");
    assertThat(physical(space.virtual(), STEXT)).isEqualTo(0x3000000);
    // The same tables through another entry of the fifth level.
    assertThat(physical(space.virtual(), 0xffea9a4040200000L)).isEqualTo(0x200000);
    assertThat(space.facts().get(0))
        .isEqualTo(new KernelSpace.Fact("page table levels", "5", "CR4 of CPU 0"));
  }

  /** As in a dump whose tail was lost when the disk ran full. */
  @Test
  void whereTheKernelsTablesAreLostAProcessAndArithmeticServe() throws MissingFactException {
    KernelSpace space = find(memory(false).build(), VMCOREINFO);
    assertThat(space.root()).isEqualTo(0x102000);
    assertThat(physical(space.virtual(), STEXT + 0x1234)).isEqualTo(0x3001234);
    assertThat(physical(space.virtual(), DIRECT + 0x200123)).isEqualTo(0x200123);
    assertThat(space.virtual().walk(STEXT).steps())
        .extracting(step -> step.level())
        .containsExactly("PGD", "LINEAR");
    // The user half of the process whose table it is must not show as the kernel's.
    assertThat(space.virtual().translate(0x10000)).isInstanceOf(Fault.TableUnreadable.class);
    // Modules come after the image: nothing tells where they are.
    assertThat(space.virtual().translate(0xffffffffc0000000L))
        .isInstanceOf(Fault.TableUnreadable.class);
    assertThat(space.facts())
        .contains(
            new KernelSpace.Fact(
                "page table root", "0x102000", "the table of a process, found by a scan"));
  }

  @Test
  void whereAllTablesAreLostArithmeticServes() throws MissingFactException {
    SyntheticDump.Builder dump =
        SyntheticDump.builder("kernel", 62, 64, ByteOrder.LITTLE_ENDIAN).zeroPages(0x3000000, 4096);
    for (long at = 0x200010; at < 0x200010 + 100 * 64; at += 64) {
      dump.writeLong(at, DIRECT + at).writeLong(at + 8, DIRECT + at);
    }
    KernelSpace space = find(dump.build(), VMCOREINFO);
    assertThat(physical(space.virtual(), STEXT)).isEqualTo(0x3000000);
    assertThat(physical(space.virtual(), DIRECT + 0x200010)).isEqualTo(0x200010);
    assertThat(space.fact("page_offset_base")).hasValue("0xffff9a4040000000");
  }

  @Test
  void withoutAnyFactTheErrorSaysWhatWouldHelp() {
    assertThatThrownBy(() -> find(memory(true).build(), ""))
        .isInstanceOf(MissingFactException.class)
        .hasMessage(
            "cannot find the kernel's page tables: the dump has neither VMCOREINFO nor a QEMU note"
                + " with CR3; give --vmcoreinfo FILE (the text of that machine's VMCOREINFO), or"
                + " --vmlinux FILE with --arch-option phys_base=N and --arch-option"
                + " kaslr_offset=N");
    assertThatThrownBy(() -> find(memory(true).build(), without("phys_base")))
        .hasMessageContaining("nothing tells phys_base");
  }

  @Test
  void userAddressesThroughEitherTableOfTheProcess() throws MissingFactException {
    KernelSpace kernel = find(memory(true).build(), VMCOREINFO);
    assertThat(kernel.virtual().translate(0x10000)).isInstanceOf(Fault.NotMapped.class);
    for (long root : new long[] {0x102000, 0x103000, 0x8000000000103801L}) {
      VirtualMemory process = new X86_64().addressSpace(kernel, root);
      byte[] bytes = new byte[4];
      assertThat(process.read(0x10000, bytes, 0, 4).isComplete()).isTrue();
      assertThat(new String(bytes, US_ASCII)).isEqualTo("user");
      assertThat(process.read(STEXT, bytes, 0, 4).isComplete()).isTrue();
      assertThat(new String(bytes, US_ASCII)).isEqualTo("text");
    }
  }

  @Test
  void recognisesDumpsWhoseHeaderNamesNoMachine() {
    X86_64 x86 = new X86_64();
    assertThat(x86.recognises(Reheaded.nameless(memory(true).build(), "x86_64"))).isTrue();
    assertThat(x86.recognises(Reheaded.nameless(memory(true).build(), "i686"))).isFalse();
    assertThat(x86.recognises(Reheaded.nameless(memory(true).build(), "Unknown"))).isFalse();
    assertThat(x86.recognises(Reheaded.nameless(memory(true).build(), ""))).isFalse();
    Dump notes = withCpu(memory(true), STEXT, 0x10, 0x3200000, 0).build();
    assertThat(x86.recognises(Reheaded.nameless(notes, ""))).isTrue();
    Dump info = memory(true).note(Note.VMCOREINFO, 0, VMCOREINFO.getBytes(US_ASCII)).build();
    assertThat(x86.recognises(Reheaded.nameless(info, "Unknown"))).isTrue();
  }

  private static SyntheticDump.Builder withCpu(
      SyntheticDump.Builder dump, long rip, long cs, long cr3, long cr4) {
    ByteBuffer prstatus = ByteBuffer.allocate(336).order(ByteOrder.LITTLE_ENDIAN);
    prstatus.putInt(32, 1).putLong(240, rip).putLong(248, cs).putLong(256, 0x246);
    ByteBuffer qemu = ByteBuffer.allocate(440).order(ByteOrder.LITTLE_ENDIAN);
    qemu.putInt(0, 1).putInt(4, 440).putLong(136, rip).putLong(416, cr3).putLong(424, cr4);
    return dump.note("CORE", 1, prstatus.array()).note("QEMU", 0, qemu.array());
  }
}
