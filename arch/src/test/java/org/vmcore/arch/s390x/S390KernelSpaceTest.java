package org.vmcore.arch.s390x;

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
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Two small machines.
 *
 * <pre>
 * before Linux 6.10: virtual is real; KASLR moved the image by 0x200000
 *   300000  text; 400000 swapper_pg_dir (PUD), 404000 PMD, 408000 PTEs of 300000..3fffff
 * since Linux 6.10: image at 3ffe0000000, linked at 0, its 0 at physical 0x200000; all memory at
 * 80000000
 *   300000  text; 400000 swapper_pg_dir (PUD), 404000 PMD of the image, 408000 PMD of all memory
 * </pre>
 */
class S390KernelSpaceTest {
  private static SyntheticDump.Builder dump() {
    return SyntheticDump.builder("kernel", 22, 64, ByteOrder.BIG_ENDIAN)
        .write(0x300000, "text".getBytes(US_ASCII))
        .zeroPages(0x400000, 0xc000);
  }

  private static SyntheticDump.Builder virtualIsReal() {
    SyntheticDump.Builder dump = dump().writeLong(0x400000, 0x404007).writeLong(0x404018, 0x408000);
    for (long page = 0; page < 0x100; page++) {
      dump.writeLong(0x408000 + page * 8, 0x300000 + page * 0x1000 | 0x13d);
    }
    return dump;
  }

  private static final String VIRTUAL_IS_REAL =
      """
      OSRELEASE=6.1.0
      SYMBOL(swapper_pg_dir)=400000
      SYMBOL(_stext)=300000
      KERNELOFFSET=200000
      """;

  private static SyntheticDump.Builder uncoupled() {
    return dump()
        .writeLong(0x400000, 0x24) // empty
        .writeLong(0x400000 + 0x7ff * 8, 0x404007)
        .writeLong(0x404000 + 0x601 * 8, 0x300000 | 0x400) // 3ffe0100000
        .writeLong(0x404000 + 0x602 * 8, 0x400000 | 0x400)
        .writeLong(0x400000 + 1 * 8, 0x408007)
        .writeLong(0x408000 + 3 * 8, 0x300000 | 0x400);
  }

  private static final String UNCOUPLED =
      """
      OSRELEASE=6.12.0
      SYMBOL(swapper_pg_dir)=3ffe0200000
      SYMBOL(_stext)=3ffe0100000
      IDENTITYBASE=80000000
      KERNELOFFSET=3ffe0000000
      KERNELOFFPHYS=200000
      """;

  private static Machine machine(
      SyntheticDump dump,
      String vmcoreinfo,
      Map<String, Long> vmlinux,
      Map<String, String> options) {
    return new Machine(
        dump,
        vmcoreinfo.isEmpty()
            ? Optional.empty()
            : Optional.of(Vmcoreinfo.parse(vmcoreinfo.getBytes(US_ASCII))),
        new S390x().cpus(dump),
        name ->
            vmlinux.containsKey(name) ? OptionalLong.of(vmlinux.get(name)) : OptionalLong.empty(),
        options);
  }

  private static void assertText(VirtualMemory memory, long address) {
    byte[] bytes = new byte[4];
    assertThat(memory.read(address, bytes, 0, 4).fault()).isNull();
    assertThat(bytes).asString(US_ASCII).isEqualTo("text");
  }

  @Test
  void virtualAddressesWereRealOnes() throws Exception {
    KernelSpace space =
        new S390x()
            .kernelSpace(machine(virtualIsReal().build(), VIRTUAL_IS_REAL, Map.of(), Map.of()));
    assertThat(space.root()).isEqualTo(0x400000);
    assertThat(space.kaslrOffset()).hasValue(0x200000);
    assertThat(space.fact("kernel ASCE")).hasValue("0x400007");
    assertText(space.virtual(), 0x300000);
  }

  @Test
  void imageAndIdentityMapHaveBasesOfTheirOwn() throws Exception {
    KernelSpace space =
        new S390x().kernelSpace(machine(uncoupled().build(), UNCOUPLED, Map.of(), Map.of()));
    assertThat(space.root()).isEqualTo(0x400000);
    assertThat(space.kaslrOffset()).hasValue(0x3ffe0000000L);
    assertThat(space.fact("identity_base")).hasValue("0x80000000");
    assertText(space.virtual(), 0x3ffe0100000L);
    assertText(space.virtual(), 0x80300000L);
  }

  @Test
  void withoutVmcoreinfoControlRegister13IsTheKernels() throws Exception {
    ByteBuffer registers = ByteBuffer.allocate(128).putLong(13 * 8, 0x400007);
    ByteBuffer prstatus = ByteBuffer.allocate(336);
    prstatus.putLong(112, 0x0404c00180000000L).putLong(120, 0x300000);
    SyntheticDump dump =
        virtualIsReal()
            .note("CORE", 1, prstatus.array())
            .note("LINUX", 0x304, registers.array())
            .build();
    KernelSpace space =
        new S390x()
            .kernelSpace(
                machine(
                    dump, "", Map.of("swapper_pg_dir", 0x200000L, "_stext", 0x100000L), Map.of()));
    assertThat(space.root()).isEqualTo(0x400000);
    assertThat(space.kaslrOffset()).hasValue(0x200000);
    assertThat(space.facts())
        .anyMatch(fact -> fact.source().equals("control register 13 of CPU 0"));
    assertText(space.virtual(), 0x300000);
  }

  @Test
  void theUserMayNameTheTables() throws Exception {
    KernelSpace space =
        new S390x()
            .kernelSpace(
                machine(virtualIsReal().build(), "", Map.of(), Map.of("asce", "0x400007")));
    assertText(space.virtual(), 0x300000);
  }

  @Test
  void withoutAnyOfThemTheMessageNamesTheOptions() {
    assertThatThrownBy(
            () -> new S390x().kernelSpace(machine(virtualIsReal().build(), "", Map.of(), Map.of())))
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("--vmcoreinfo")
        .hasMessageContaining("asce=N");
  }

  /** Their addresses overlap: a process's space has none of the kernel's. */
  @Test
  void processesHaveSpacesOfTheirOwn() throws Exception {
    SyntheticDump dump =
        virtualIsReal()
            .zeroPages(0x500000, 0x5000)
            .writeLong(0x500000, 0x504003 | 4)
            .writeLong(0x504018, 0x600000 | 0x400)
            .write(0x600000, "user".getBytes(US_ASCII))
            .build();
    S390x s390x = new S390x();
    KernelSpace kernel = s390x.kernelSpace(machine(dump, VIRTUAL_IS_REAL, Map.of(), Map.of()));
    for (long root : new long[] {0x500000, 0x5001c7}) {
      assertThat(s390x.addressSpace(kernel, root).translate(0x300000))
          .isEqualTo(new Translation.Mapped(0x600000, 0x100000));
    }
    assertText(s390x.addressSpace(kernel, 0x400007), 0x300000);
  }

  @Test
  void eachCpuSeesItsOwnLowcore() throws Exception {
    Dump dump =
        virtualIsReal()
            .writeLong(0x404000, 0x400) // 1 MiB at 0
            .note("CORE", 1, new byte[336])
            .note("LINUX", 0x305, ByteBuffer.allocate(4).putInt(0x6000).array())
            .note("CORE", 1, new byte[336])
            .note("LINUX", 0x305, ByteBuffer.allocate(4).putInt(0x8000).array())
            .build();
    S390x s390x = new S390x();
    Machine machine = machine((SyntheticDump) dump, VIRTUAL_IS_REAL, Map.of(), Map.of());
    KernelSpace kernel = s390x.kernelSpace(machine);
    assertThat(kernel.virtual().translate(0x340)).isEqualTo(new Translation.Mapped(0x340, 0xffcc0));
    assertThat(
            machine.cpus().stream()
                .map(cpu -> s390x.addressSpace(kernel, cpu, OptionalLong.empty()))
                .map(memory -> memory.translate(0x340)))
        .isEqualTo(
            List.of(
                new Translation.Mapped(0x6340, 0x1cc0), new Translation.Mapped(0x8340, 0x1cc0)));
  }
}
