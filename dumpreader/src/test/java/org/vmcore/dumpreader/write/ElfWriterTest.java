package org.vmcore.dumpreader.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmcore.dumpreader.DumpFormatContract.PAGE;
import static org.vmcore.dumpreader.DumpFormatContract.VMCOREINFO;
import static org.vmcore.dumpreader.DumpFormatContract.X86_64;
import static org.vmcore.dumpreader.DumpFormatContract.assertSameMemory;
import static org.vmcore.dumpreader.DumpFormatContract.noise;
import static org.vmcore.dumpreader.DumpFormatContract.sample;
import static org.vmcore.dumpreader.DumpFormatContract.sampleBuilder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.ElfFile;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.testing.Command;

class ElfWriterTest {
  @Test
  void filteredMemoryEndsTheLoadBeforeIt() throws Exception {
    SyntheticDump dump =
        sampleBuilder().filteredPages(8 * PAGE, 2 * PAGE).filteredPages(0x20 * PAGE, PAGE).build();
    Dump copy = open(write(dump));

    assertThat(copy.segments())
        .containsExactly(
            new Segment(PAGE, PAGE, 7 * PAGE, 9 * PAGE),
            new Segment(0x10 * PAGE, 0x10 * PAGE, 2 * PAGE, 2 * PAGE),
            new Segment(0x20 * PAGE, 0x20 * PAGE, 0, PAGE),
            new Segment(0x400L * PAGE, 0x400L * PAGE, 5 * PAGE, 5 * PAGE));
    assertSameMemory(copy.memory(), dump.memory());
  }

  @Test
  void segmentsKeepTheirVirtualAddressesAndShareBytes() throws Exception {
    Segment image = new Segment(0xffffffff81000000L, 2 * PAGE, PAGE, PAGE);
    Segment direct = new Segment(0xffff888000000000L, 0, 0, 0x20 * PAGE);
    SyntheticDump dump = sampleBuilder().segment(image).segment(direct).build();
    byte[] file = write(dump);
    Dump copy = open(file);

    assertThat(copy.segments())
        .containsExactly(
            image,
            new Segment(0xffff888000001000L, PAGE, 7 * PAGE, 7 * PAGE),
            new Segment(0xffff888000010000L, 0x10 * PAGE, 2 * PAGE, 2 * PAGE),
            // What no segment covers is kept too.
            new Segment(0x400L * PAGE, 0x400L * PAGE, 5 * PAGE, 5 * PAGE));
    assertSameMemory(copy.memory(), dump.memory());
    assertThat(file).as("14 pages, each once").hasSizeLessThan(16 * PAGE);
  }

  @Test
  void memoryThatASegmentCoversInPartIsNamedInFull() throws Exception {
    SyntheticDump dump = sampleBuilder().segment(new Segment(5, 3 * PAGE, PAGE, PAGE)).build();
    Dump copy = open(write(dump));

    assertThat(copy.segments())
        .contains(
            new Segment(5, 3 * PAGE, PAGE, PAGE),
            new Segment(PAGE, PAGE, 2 * PAGE, 2 * PAGE),
            new Segment(4 * PAGE, 4 * PAGE, 4 * PAGE, 4 * PAGE));
    assertSameMemory(copy.memory(), dump.memory());
  }

  /** A run may end within a page; makedumpfile maps the file by page. */
  @Test
  void pagesOfMemoryArePagesOfTheFile() throws Exception {
    ElfFile source =
        ElfFile.elf64()
            .load(0, 0x1000, 0x3000, 0x800, 0x800)
            .load(0, 0x10_0200, 0x4001, 0x1000, 0x1000)
            .bytes(0x3000, noise(0x3000));
    Dump dump = open(source.build(0x6000));
    byte[] file = write(dump);

    for (int header = 64 + 56; header < 64 + 3 * 56; header += 56) {
      ByteBuffer fields = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      long offset = fields.getLong(header + 8);
      long physicalAddress = fields.getLong(header + 24);
      assertThat(offset % PAGE).isEqualTo(physicalAddress % PAGE);
    }
    byte[] bytes = new byte[0x1000];
    assertThat(open(file).memory().read(0x10_0200, bytes, 0, 0x1000).isComplete()).isTrue();
    assertThat(bytes).isEqualTo(Arrays.copyOfRange(noise(0x3000), 0x1001, 0x2001));
  }

  @Test
  void aBigEndianMachineGetsABigEndianFile() throws Exception {
    SyntheticDump dump =
        SyntheticDump.builder("s390x", 22, 64, ByteOrder.BIG_ENDIAN)
            .write(0, noise(PAGE))
            .note(Note.CORE, 1, noise(336))
            .build();
    Dump copy = open(write(dump));

    assertThat(copy.info().byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(copy.info().elfMachine()).hasValue(22);
    assertThat(copy.notes()).singleElement().extracting(Note::descriptor).isEqualTo(noise(336));
    assertSameMemory(copy.memory(), dump.memory());
  }

  @Test
  void vmcoreinfoBecomesANoteWhereItWasNone() throws Exception {
    SyntheticDump bare =
        SyntheticDump.builder("bare", X86_64, 64, ByteOrder.LITTLE_ENDIAN)
            .write(0, noise(PAGE))
            .build();
    Vmcoreinfo found = Vmcoreinfo.parse(VMCOREINFO.getBytes(ISO_8859_1));

    Dump copy = open(write(new Altered(bare, bare.memory(), Optional.of(found))));
    assertThat(copy.vmcoreinfo().orElseThrow().text()).asString().isEqualTo(VMCOREINFO);
  }

  @Test
  void corruptPagesAreZerosAndCounted() throws Exception {
    Dump dump = sample();
    PhysicalMemory corrupt = new Corrupted(dump.memory(), 3 * PAGE, PhysicalFault.Reason.CORRUPT);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    ElfWriter.Result result =
        ElfWriter.write(new Altered(dump, corrupt, dump.vmcoreinfo()), Channels.newChannel(bytes));
    assertThat(result).isEqualTo(new ElfWriter.Result(bytes.size(), PAGE));
    byte[] page = new byte[PAGE];
    open(bytes.toByteArray()).memory().read(3 * PAGE, page, 0, PAGE);
    assertThat(page).containsOnly(0);
    open(bytes.toByteArray()).memory().read(4 * PAGE, page, 0, PAGE);
    assertThat(page).contains(4);
  }

  @Test
  void aFileThatFailsIsNotCopiedAsZeros() {
    Dump dump = sample();
    PhysicalMemory failing = new Corrupted(dump.memory(), PAGE, PhysicalFault.Reason.IO_ERROR);

    assertThatThrownBy(() -> write(new Altered(dump, failing, Optional.empty())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("0x0000000000001000");
  }

  @Test
  void progressCountsTheMemoryWritten() throws Exception {
    List<Long> done = new ArrayList<>();
    ElfWriter.write(
        sample(),
        X86_64,
        Channels.newChannel(new ByteArrayOutputStream()),
        (task, some, all) -> {
          assertThat(all).isEqualTo(14L * PAGE);
          done.add(some);
        });
    assertThat(done).endsWith(14L * PAGE);
  }

  /** 70,000 PT_LOADs: their number is in section header 0 (gABI, PN_XNUM). */
  @Test
  void moreSegmentsThanEPhnumCounts(@TempDir Path directory) throws Exception {
    SyntheticDump.Builder builder =
        SyntheticDump.builder("many", X86_64, 64, ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < 69_999; i++) {
      builder.filteredPages(2 * i * PAGE, PAGE);
    }
    SyntheticDump dump = builder.write(2 * 69_999L * PAGE, noise(PAGE)).build();
    byte[] file = write(dump);
    Dump copy = open(file);

    assertThat(copy.segments()).hasSize(70_000);
    assertThat(copy.info().headerFields()).containsEntry("e_phnum", "70001");
    assertSameMemory(copy.memory(), dump.memory());
    assertThat(Command.mustRun("readelf", "-hW", Files.write(directory.resolve("many"), file)))
        .contains("65535 (70001)")
        .doesNotContainIgnoringCase("warning");
  }

  @Test
  void readelfAgrees(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("vmcore"), write(sample()));

    assertThat(Command.mustRun("readelf", "-hlnW", file))
        .contains("CORE (Core file)", "Advanced Micro Devices X86-64")
        .containsPattern("LOAD .* 0x0*1000 0x0*1000 0x0*7000 0x0*7000 RWE")
        .containsPattern("CORE +0x00000150\\s+NT_PRSTATUS")
        .containsPattern("VMCOREINFO +0x%08x".formatted(VMCOREINFO.length()))
        .doesNotContainIgnoringCase("warning")
        .doesNotContainIgnoringCase("error");
  }

  private static byte[] write(Dump dump) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ElfWriter.Result result = ElfWriter.write(dump, Channels.newChannel(bytes));
    assertThat(result).isEqualTo(new ElfWriter.Result(bytes.size(), 0));
    return bytes.toByteArray();
  }

  private static Dump open(byte[] file) throws IOException, DumpException {
    return DumpFormats.open(new BytesInput("copy", file), OpenOptions.defaults());
  }

  /** A dump with other memory and VMCOREINFO. */
  private record Altered(Dump dump, PhysicalMemory memory, Optional<Vmcoreinfo> vmcoreinfo)
      implements Dump {
    @Override
    public DumpInfo info() {
      return dump.info();
    }

    @Override
    public List<Note> notes() {
      return dump.notes();
    }

    @Override
    public List<Segment> segments() {
      return dump.segments();
    }
  }

  /** Memory of which one page fails. */
  private record Corrupted(PhysicalMemory memory, long page, PhysicalFault.Reason reason)
      implements PhysicalMemory {
    @Override
    public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
      if (physicalAddress + length <= page || physicalAddress >= page + PAGE) {
        return memory.read(physicalAddress, destination, offset, length);
      }
      int before = (int) Math.max(0, page - physicalAddress);
      memory.read(physicalAddress, destination, offset, before);
      return new PhysicalRead(before, new PhysicalFault(reason, physicalAddress + before, null));
    }

    @Override
    public long nextPresent(long physicalAddress) {
      return memory.nextPresent(physicalAddress);
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      memory.forEachRange(visitor);
    }
  }
}
