package org.vmcore.dumpreader.format.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.ElfFile;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.dumpreader.write.SyntheticDump;

public class ElfVmcoreTest extends DumpFormatContract {
  private static final int DATA = 0x1000;

  @Override
  public DumpFormat format() {
    return new ElfVmcore();
  }

  @Override
  public byte[] write(SyntheticDump dump) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ElfWriter.write(dump, Channels.newChannel(bytes));
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({"32,LITTLE", "32,BIG", "64,LITTLE", "64,BIG"})
  void bothClassesAndByteOrders(int bits, String endian) throws Exception {
    ByteOrder order = endian.equals("BIG") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ElfFile file = ElfFile.of(bits, order);
    byte[] note = file.noteBytes("CORE", 1, noise(144));
    Dump dump =
        open(
            file.note(0x800, note.length)
                .bytes(0x800, note)
                .load(0xc0000000L, 0x8000_0000L, DATA, 0x100, 0x100)
                .bytes(DATA, noise(0x100))
                .build(0x2000));

    assertThat(bytesAt(dump, 0x8000_0000L, 0x100)).isEqualTo(noise(0x100));
    assertThat(dump.notes()).singleElement().extracting(Note::descriptor).isEqualTo(noise(144));
    assertThat(dump.segments())
        .containsExactly(new Segment(0xc0000000L, 0x8000_0000L, 0x100, 0x100));
    assertThat(dump.info().byteOrder()).isEqualTo(order);
    assertThat(dump.info().wordBits()).isEqualTo(bits);
    assertThat(dump.info().elfMachine()).hasValue(62);
    assertThat(dump.info().variant()).isEqualTo("ELF" + bits);
  }

  @Test
  void onlyTheFieldsThatLeadToProgramHeadersAreTrusted() throws Exception {
    Dump dump =
        open(
            ElfFile.elf64()
                .spare(8)
                .load(0, 0x1000, DATA, 0x10, 0x10)
                .programHeader(0x6474e551, -1, -1, -1, -1, 0)
                .load(0, 0x2000, DATA + 1, 0x10, 0x10)
                .bytes(DATA, noise(0x20))
                .u64(40, -1) // e_shoff
                .u16(52, 8) // e_ehsize, as QEMU writes it
                .u16(58, 7)
                .u16(60, 0xfff0)
                .u16(62, 0xffff)
                .build(0x2000));

    assertThat(bytesAt(dump, 0x1000, 0x10)).isEqualTo(Arrays.copyOf(noise(0x20), 0x10));
    assertThat(bytesAt(dump, 0x2000, 0x10)).isEqualTo(Arrays.copyOfRange(noise(0x20), 1, 0x11));
  }

  @Test
  void notesOfSeveralSegmentsAreInFileOrder() throws Exception {
    ElfFile file = ElfFile.elf64();
    byte[] first = file.noteBytes("CORE", 1, noise(5));
    byte[] vmcoreinfo = file.noteBytes("VMCOREINFO", 0, VMCOREINFO.getBytes(ISO_8859_1));
    Dump dump =
        open(
            file.note(0x900, first.length)
                .note(0x400, vmcoreinfo.length)
                .bytes(0x900, first)
                .bytes(0x400, vmcoreinfo)
                .build(0x1000));

    assertThat(dump.notes()).extracting(Note::name).containsExactly("CORE", "VMCOREINFO");
    assertThat(dump.vmcoreinfo().orElseThrow().value("PAGESIZE")).hasValue("4096");
  }

  /** Memory is drawn one letter per 16 bytes, file data being the letters of the header's line. */
  @Test
  void overlapsGoToTheEarlierHeaderAndToBytesThatAreThere() throws Exception {
    Dump dump =
        open(
            ElfFile.elf64()
                .load(0, 0x1040, DATA, 0x20, 0x80) //           AA------
                .load(0, 0x1000, DATA + 0x100, 0x60, 0x60) // BBBBBB
                .load(0, 0x1070, 0x9000, 0x30, 0x30) //            ??? past the end of the file
                .load(0, 0x1080, DATA + 0x200, 0x10, 0x10) //       C
                .load(0, 0x0ff0, DATA + 0x300, 0x20, 0x20) // DD  before all others
                .bytes(DATA, "A".repeat(0x20).getBytes(ISO_8859_1))
                .bytes(DATA + 0x100, "B".repeat(0x60).getBytes(ISO_8859_1))
                .bytes(DATA + 0x200, "C".repeat(0x10).getBytes(ISO_8859_1))
                .bytes(DATA + 0x300, "D".repeat(0x20).getBytes(ISO_8859_1))
                .build(0x2000));
    PhysicalMemory memory = dump.memory();

    StringBuilder picture = new StringBuilder();
    for (long at = 0xff0; at < 0x10d0; at += 0x10) {
      byte[] letter = new byte[1];
      PhysicalRead read = memory.read(at, letter, 0, 1);
      picture.append(read.isComplete() ? (char) letter[0] : fault(read).reason().name().charAt(0));
    }
    assertThat(picture.toString()).isEqualTo("DBBBBAAFTCTFFN");
    assertThat(ranges(memory))
        .containsExactly(
            new Range(0xff0, 0x70, Presence.PRESENT),
            new Range(0x1060, 0x10, Presence.FILTERED),
            new Range(0x1070, 0x10, Presence.TRUNCATED),
            new Range(0x1080, 0x10, Presence.PRESENT),
            new Range(0x1090, 0x10, Presence.TRUNCATED),
            new Range(0x10a0, 0x20, Presence.FILTERED));
    assertThat(bytesAt(dump, 0x1030, 0x30)).asString().startsWith("B".repeat(16) + "A");
  }

  @Test
  void whatIsFilteredSaysSoAndItsOffsetMeansNothing() throws Exception {
    Dump dump =
        open(
            ElfFile.elf64()
                .load(0, 0x1000, DATA, 0x800, 0x3000)
                .load(0, 0x8000, -1, 0, 0x1000)
                .build(0x2000));
    PhysicalMemory memory = dump.memory();

    assertThat(memory.read(0x1000, new byte[0x1000], 0, 0x1000))
        .isEqualTo(new PhysicalRead(0x800, new PhysicalFault(Reason.FILTERED, 0x1800, null)));
    assertThat(fault(memory.read(0x8000, new byte[1], 0, 1)).reason()).isEqualTo(Reason.FILTERED);
    assertThat(fault(memory.read(0x9000, new byte[1], 0, 1)).reason())
        .isEqualTo(Reason.NOT_IN_DUMP);
    assertThat(memory.nextPresent(0x1800)).isEqualTo(PhysicalMemory.NONE);
    assertThat(dump.info().incomplete()).isEmpty();
  }

  /** QEMU's dump with paging: one PT_LOAD for each mapping of the same bytes. */
  @Test
  void aliasesOfTheSameBytesAreOneRange() throws Exception {
    ElfFile file = ElfFile.elf64().bytes(0x4000, noise(0x4000));
    for (int i = 0; i < 150; i++) {
      long at = (i * 7) % 15 * 0x400L;
      file.load(0xffff_8000_0000_0000L + i, at, 0x4000 + at, 0x800, 0x800);
    }
    Dump dump = open(file.build(0x8000));

    assertThat(ranges(dump.memory())).containsExactly(new Range(0, 0x4000, Presence.PRESENT));
    assertThat(bytesAt(dump, 0, 0x4000)).isEqualTo(noise(0x4000));
    assertThat(dump.segments()).hasSize(150);
  }

  @Test
  void memoryMayReachTheTopOfTheAddressSpace() throws Exception {
    PhysicalMemory memory =
        open(ElfFile.elf64()
                .load(0, -0x1000, DATA, 0x1000, 0x1000)
                .load(0, 0, DATA, 0x1000, 0x1000)
                .bytes(DATA, noise(0x1000))
                .build(0x2000))
            .memory();

    byte[] bytes = new byte[32];
    PhysicalRead read = memory.read(-16, bytes, 0, 32);
    assertThat(read.length()).isEqualTo(16);
    assertThat(fault(read).reason()).isEqualTo(Reason.NOT_IN_DUMP);
    assertThat(Arrays.copyOf(bytes, 16))
        .isEqualTo(Arrays.copyOfRange(noise(0x1000), 0xff0, 0x1000));
    assertThat(memory.nextPresent(0x1000)).isEqualTo(-0x1000);
    assertThat(memory.nextPresent(-2)).isEqualTo(-2);
    assertThat(ranges(memory))
        .containsExactly(
            new Range(0, 0x1000, Presence.PRESENT), new Range(-0x1000, 0x1000, Presence.PRESENT));
  }

  @Test
  void aCutFileGivesWhatItStillHas() throws Exception {
    byte[] whole = write(sample());
    // The last page that the file has is page 0x404; cut in the middle of the one before.
    Dump dump = open(Arrays.copyOf(whole, whole.length - PAGE - PAGE / 2));

    PhysicalRead read = dump.memory().read(0x403L * PAGE, new byte[PAGE], 0, PAGE);
    assertThat(read.length()).isEqualTo(PAGE / 2);
    assertThat(fault(read).reason()).isEqualTo(Reason.TRUNCATED);
    assertThat(dump.info().incomplete())
        .singleElement()
        .asString()
        .contains(Integer.toString(PAGE + PAGE / 2))
        .contains("%#x".formatted(whole.length - PAGE - PAGE / 2));
  }

  @ParameterizedTest
  @CsvSource({
    // offset, bytes, value, field, what else the message says
    "4, 1, 3, EI_CLASS, 3",
    "5, 1, 0, EI_DATA, 0",
    "32, 8, -1, e_phoff, 0xffffffffffffffff",
    "32, 8, 0x1ff0, e_phoff, 0x2000",
    "54, 2, 55, e_phentsize, 55",
    "56, 2, 0, e_phnum, 0",
    "56, 2, 0x7fff, e_phoff, 32767",
    "56, 2, 0xffff, e_phnum, e_shoff",
    "96, 8, 0x7fffffffffffffff, p_filesz, p_memsz",
    "96, 8, -1, p_filesz, p_memsz",
    "104, 8, -1, p_memsz, p_paddr",
    "72, 8, 0x7fffffffffffff00, p_filesz, overflows",
    "72, 8, -4096, p_filesz, p_offset",
  })
  void absurdValuesAreNamed(int at, int size, String value, String field, String also) {
    ElfFile file = ElfFile.elf64().load(0, 0x1000, DATA, 0x1000, 0x1000);
    long number = Long.decode(value);
    switch (size) {
      case 1 -> file.bytes(at, (byte) number);
      case 2 -> file.u16(at, (int) number);
      default -> file.u64(at, number);
    }

    assertThatThrownBy(() -> open(file.build(0x2000)))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageStartingWith("sample: at offset 0x")
        .hasMessageContaining(field)
        .hasMessageContaining(also);
  }

  @Test
  void moreProgramHeadersThanEPhnumCountsMustBeBelievable() {
    ElfFile file = ElfFile.elf64().load(0, 0x1000, DATA, 0x1000, 0x1000).u16(56, 0xffff);

    assertThatThrownBy(() -> open(file.u64(40, 0x200).u32(0x200 + 44, -1).build(0x2000)))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("0x22c: sh_info: 4294967295");
    assertThatThrownBy(() -> open(file.u64(40, 0x7fff_ffff_ffff_fff0L).build(0x2000)))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("sh_info");
  }

  @Test
  void aHeaderCutShortIsDamage() {
    byte[] file = ElfFile.elf64().load(0, 0x1000, DATA, 0x1000, 0x1000).build(0x2000);

    for (int length = 4; length < 64 + 56; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> open(cut)).as("%d bytes", length).isInstanceOf(DumpException.class);
    }
  }

  /** Types as fs/binfmt_elf.c and Xen's public/elfnote.h have them. */
  @ParameterizedTest
  @CsvSource({
    "CORE, 6, core of a process",
    "CORE, 1179208773, core of a process",
    "Xen, 16777217, dump of a Xen host",
  })
  void whatIsNoDumpOfAKernelIsNamed(String owner, int type, String what) throws Exception {
    byte[] file = write(sampleBuilder().note(owner, type, new byte[32]).build());

    assertThatThrownBy(() -> open(file))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("open it with");
  }

  @Test
  void aKernelImageIsNamedAsSuch() {
    assertThatThrownBy(() -> open(ElfFile.elf64().u16(16, 2).build(0x1000)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("e_type 2")
        .hasMessageContaining("vmlinux");
  }

  @Test
  void damagedNotesDoNotHideMemoryNorTheNotesBefore() throws Exception {
    ElfFile file = ElfFile.elf64();
    byte[] good = file.noteBytes("CORE", 1, noise(20));
    Dump dump =
        open(
            file.note(0x400, good.length + 12)
                .note(0x1ff0, 0x100)
                .note(-4, 100)
                .load(0, 0x1000, DATA, 0x10, 0x10)
                .bytes(0x400, good)
                .u32(0x400 + good.length, 0x7fff_ffff)
                .build(0x2000));

    assertThat(dump.notes()).singleElement().extracting(Note::descriptor).isEqualTo(noise(20));
    assertThat(bytesAt(dump, 0x1000, 0x10)).hasSize(0x10);
    assertThat(dump.info().incomplete())
        .satisfiesExactly(
            problem -> assertThat(problem).contains("n_namesz 2147483647"),
            problem -> assertThat(problem).contains("p_offset 0x1ff0", " 16 bytes"),
            problem -> assertThat(problem).contains("p_filesz 0x64", " 0 bytes"));
  }

  @Test
  void aNoteThatIsNotVmcoreinfoIsNotTakenForIt() throws Exception {
    ElfFile file = ElfFile.elf64();
    byte[] empty = file.noteBytes("VMCOREINFO", 0, new byte[100]);

    assertThat(open(file.note(0x400, empty.length).bytes(0x400, empty).build(0x600)).vmcoreinfo())
        .isEmpty();
  }

  @Test
  void manyOverlapsCostLittle() throws Exception {
    // 20,000 headers of which each half covers the other: quadratic work would take minutes.
    ElfFile file = ElfFile.elf64();
    IntStream.range(0, 10_000).forEach(i -> file.load(0, i * 0x2000L, DATA, 0x1000, 0x1000));
    IntStream.range(0, 10_000).forEach(i -> file.load(0, i, 0x2000, 0, 0x1000_0000));
    Dump dump = open(file.build(0x20_0000));

    List<Range> ranges = ranges(dump.memory());
    assertThat(ranges).hasSize(20_000);
    assertThat(ranges.get(1)).isEqualTo(new Range(0x1000, 0x1000, Presence.FILTERED));
  }

  @Test
  void aFileCutUnderUsIsAFault(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("vmcore"), write(sample()));
    try (FileInput input = FileInput.open(path)) {
      PhysicalMemory memory = open(input).memory();
      assertThat(memory.read(0x400L * PAGE, new byte[PAGE], 0, PAGE).isComplete()).isTrue();
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(0x2000);
      }

      PhysicalFault fault = fault(memory.read(0x400L * PAGE, new byte[PAGE], 0, PAGE));
      assertThat(fault.reason()).isEqualTo(Reason.IO_ERROR);
      assertThat(fault.toString()).contains("has changed since it was opened");
    }
  }

  @Test
  void positionsPastTwoAndFourGibibytesWork(@TempDir Path directory) throws Exception {
    long high = 5L << 30;
    Path path = directory.resolve("sparse");
    byte[] header =
        ElfFile.elf64()
            .load(0, 0, DATA, high, high)
            .load(0, 1L << 40, DATA + high, 0x1000, 0x1000)
            .build(DATA);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(header);
      file.seek(DATA + high - 8);
      file.write(noise(16));
      file.setLength(DATA + high + 0x1000);
    }

    try (FileInput input = FileInput.open(path)) {
      Dump dump = open(input);
      assertThat(dump.info().incomplete()).isEmpty();
      assertThat(bytesAt(dump, high - 8, 16)).isEqualTo(Arrays.copyOf(noise(16), 8));
      assertThat(bytesAt(dump, 1L << 40, 8)).isEqualTo(Arrays.copyOfRange(noise(16), 8, 16));
      assertThat(bytesAt(dump, 3L << 30, 3 << 20)).hasSize(3 << 20).containsOnly(0);
      assertThat(dump.memory().nextPresent(high)).isEqualTo(1L << 40);
    }
  }

  @Test
  void aFileThatCannotBeReadIsAFault(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("vmcore"), write(sample()));
    FileInput input = FileInput.open(path);
    PhysicalMemory memory = open(input).memory();
    input.close();

    assertThat(fault(memory.read(PAGE, new byte[8], 0, 8)).reason()).isEqualTo(Reason.IO_ERROR);
  }

  private static byte[] bytesAt(Dump dump, long physicalAddress, int length) {
    byte[] bytes = new byte[length];
    PhysicalRead read = dump.memory().read(physicalAddress, bytes, 0, length);
    return Arrays.copyOf(bytes, read.length());
  }

  /** As fs/proc/kcore.c writes it: RAM, the kernel's text, and vmalloc, which is nowhere. */
  private static ElfFile kcore(long ram, long text, long vmalloc) {
    ElfFile file = ElfFile.elf64();
    byte[] nobody = file.noteBytes("CORE", 1, new byte[336]);
    byte[] task = file.noteBytes("CORE", 4, noise(64));
    return file.note(0x400, nobody.length + task.length)
        .bytes(0x400, nobody)
        .bytes(0x400 + nobody.length, task)
        .load(0xffff_ffff_8100_0000L, text, 0x2000, 0x1000, 0x1000)
        .load(0xffff_c900_0000_0000L, vmalloc, 0x7000_0000_0000L, 1L << 45, 1L << 45)
        .load(0xffff_8880_0000_1000L, ram, 0x1000, 0x4000, 0x4000)
        .bytes(0x1000, noise(0x4000));
  }

  @Test
  void theRunningMachineIsReadAsItIsNow() throws Exception {
    byte[] file = kcore(0x1000, 0x2000, -1).build(0x5000);
    Dump dump = open(file);

    assertThat(dump.info().variant()).isEqualTo("ELF64, the running machine");
    assertThat(ranges(dump.memory())).containsExactly(new Range(0x1000, 0x4000, Presence.PRESENT));
    assertThat(dump.segments())
        .extracting(Segment::physicalAddress)
        .containsExactly(0x2000L, 0x1000L);
    assertThat(dump.notes()).extracting(Note::type).containsExactly(4);
    assertThat(dump.info().incomplete()).isEmpty();
    for (int i = 0; i < 4; i++) {
      file[0x3000] = (byte) i;
      assertThat(bytesAt(dump, 0x3000, 1)).as("nothing is kept").containsOnly(i);
    }
  }

  @Test
  void kcoreThatTellsNoPhysicalAddressesIsNamed() {
    assertThatThrownBy(() -> open(kcore(0, 0, 0).build(0x5000)))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("/proc/kcore of a kernel before 4.11");
  }

  /** One CPU's notes and all memory in one piece, as netdump-server writes it. */
  @Test
  void netdumpIsAnElfVmcore() throws Exception {
    ElfFile file = ElfFile.elf64();
    byte[] status = file.noteBytes("CORE", 1, noise(336));
    byte[] task = file.noteBytes("CORE", 4, noise(64));
    Dump dump =
        open(
            file.note(0x400, status.length + task.length)
                .load(0xffff_8100_0000_0000L, 0, 0x1000, 0x3000, 0x3000)
                .bytes(0x400, status)
                .bytes(0x400 + status.length, task)
                .bytes(0x1000, noise(0x3000))
                .build(0x4000));

    assertThat(bytesAt(dump, 0, 0x3000)).isEqualTo(noise(0x3000));
    assertThat(dump.notes()).hasSize(2);
  }
}
