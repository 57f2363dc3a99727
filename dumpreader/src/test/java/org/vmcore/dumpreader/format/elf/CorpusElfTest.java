package org.vmcore.dumpreader.format.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.dumpreader.note.VmcoreinfoScan;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;

/** Real vmcores, held against what their guests and an independent page walk said of them. */
@NeedsCorpus
class CorpusElfTest {
  private static final String RAW = "x86_64/kdump-null-deref/vmcore.raw";

  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-null-deref/vmcore.raw, x86_64/kdump-null-deref/vmcore.raw.truth.tsv",
    "x86_64/qemu-null-deref/qemu.elf, x86_64/qemu-null-deref/qemu.elf.truth.tsv",
    "arm/qemu/vmcore.elf, arm/qemu/truth.tsv",
    "i386/qemu/vmcore.elf, i386/qemu/truth.tsv",
    "i386-pae/qemu/vmcore.elf, i386-pae/qemu/truth.tsv",
    "s390x/qemu/vmcore.elf, s390x/qemu/truth.tsv",
    "ppc64le/qemu-hash/vmcore.elf, ppc64le/qemu-hash/truth.tsv",
    "riscv64/kdump-sv57/vmcore, riscv64/kdump-sv57/truth.tsv",
  })
  void everyAddressOfTheTruthHasItsBytes(String file, String truthFile) throws Exception {
    try (FileInput input = FileInput.open(Corpus.file(file))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());
      List<Place> truth = Truth.read(Corpus.file(truthFile)).places();

      assertThat(truth).isNotEmpty();
      for (Place line : truth) {
        byte[] bytes = new byte[line.isKnown() ? line.length() : 1];
        PhysicalRead read = dump.memory().read(line.physical(), bytes, 0, bytes.length);
        if (line.isKnown()) {
          assertThat(hex(bytes)).as(line.label()).isEqualTo(line.bytes());
        }
        assertThat(read.isComplete()).as(line.label()).isEqualTo(line.isKnown());
      }
      assertThat(dump.info().incomplete()).isEmpty();
    }
  }

  /** Byte order and size of notes are the dump's, whatever machine it comes from. */
  @ParameterizedTest
  @CsvSource({
    "x86_64/kdump-null-deref/vmcore.raw, 2, 336, true",
    "x86_64/qemu-null-deref/qemu.elf, 2, 336, true",
    "arm/qemu/vmcore.elf, 2, 148, true",
    "i386/qemu/vmcore.elf, 2, 144, true",
    "s390x/qemu/vmcore.elf, 2, 336, false",
    "ppc64le/qemu-hash/vmcore.elf, 2, 504, false",
    "riscv64/kdump-sv57/vmcore, 2, 376, true",
  })
  void everyCpuHasItsNote(String file, int cpus, int size, boolean vmcoreinfo) throws Exception {
    try (FileInput input = FileInput.open(Corpus.file(file))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());

      assertThat(dump.notes())
          .filteredOn(note -> note.name().equals(Note.CORE) && note.type() == Note.NT_PRSTATUS)
          .hasSize(cpus)
          .allSatisfy(note -> assertThat(note.descriptor()).hasSize(size));
      assertThat(dump.vmcoreinfo().isPresent()).isEqualTo(vmcoreinfo);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        RAW,
        "x86_64/qemu-null-deref/qemu.elf",
        "i386/qemu/vmcore.elf",
        "arm/qemu/vmcore.elf"
      })
  void theCopyOfVmcoreinfoInMemoryIsFound(String file) throws Exception {
    try (FileInput input = FileInput.open(Corpus.file(file))) {
      Dump dump = DumpFormats.open(input, OpenOptions.defaults());
      Vmcoreinfo noted = dump.vmcoreinfo().orElseThrow();
      Vmcoreinfo found =
          VmcoreinfoScan.find(dump.memory(), Progress.SILENT).orElseThrow().vmcoreinfo();

      assertThat(found.values()).isEqualTo(noted.values());
    }
  }

  @Test
  void whatMakedumpfileFiltersIsTold(@TempDir Path directory) throws Exception {
    Path raw = Corpus.file(RAW);
    Path filtered = directory.resolve("vmcore.E");
    Command.mustRun("makedumpfile", "-E", "-d", "31", raw, filtered);
    try (FileInput rawInput = FileInput.open(raw);
        FileInput filteredInput = FileInput.open(filtered)) {
      PhysicalMemory all = DumpFormats.open(rawInput, OpenOptions.defaults()).memory();
      Dump dump = DumpFormats.open(filteredInput, OpenOptions.defaults());
      long[] bytes = new long[Presence.values().length];
      dump.memory()
          .forEachRange(
              (start, length, presence) -> {
                if (presence == Presence.PRESENT) {
                  bytes[0] += compare(dump.memory(), all, start, length);
                } else if (presence == Presence.FILTERED) {
                  bytes[1] += length;
                }
              });

      long described = 0;
      for (DumpFormatContract.Range range : DumpFormatContract.ranges(all)) {
        described += range.length();
      }
      assertThat(bytes[0] + bytes[1]).isEqualTo(described);
      assertThat(bytes[0]).isPositive().isLessThan(Files.size(filtered));
      assertThat(bytes[1]).isGreaterThan(described / 2);
      assertThat(dump.info().incomplete()).isEmpty();
    }
  }

  /** It maps files by page, which readelf, and our own reader, do not care about. */
  @Test
  void makedumpfileReadsWhatWeWrite(@TempDir Path directory) throws Exception {
    Path raw = Corpus.file(RAW);
    Path ours = directory.resolve("vmcore");
    Path filtered = directory.resolve("vmcore.E");
    Path filteredOurs = directory.resolve("vmcore.E.ours");
    try (FileInput input = FileInput.open(raw);
        FileChannel output = create(ours)) {
      ElfWriter.write(DumpFormats.open(input, OpenOptions.defaults()), output);
    }
    Command.mustRun("makedumpfile", "-E", "-d", "31", raw, filtered);
    Command.mustRun("makedumpfile", "-E", "-d", "31", ours, filteredOurs);

    try (FileInput one = FileInput.open(filtered);
        FileInput other = FileInput.open(filteredOurs)) {
      DumpFormatContract.assertSameMemory(
          DumpFormats.open(other, OpenOptions.defaults()).memory(),
          DumpFormats.open(one, OpenOptions.defaults()).memory());
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Asserts that pages are equal, or zero where makedumpfile kept a short run without its data. */
  private static long compare(PhysicalMemory some, PhysicalMemory all, long start, long length) {
    byte[] mine = new byte[SyntheticDump.PAGE_SIZE];
    byte[] real = new byte[SyntheticDump.PAGE_SIZE];
    byte[] zero = new byte[SyntheticDump.PAGE_SIZE];
    for (long done = 0; done < length; done += mine.length) {
      int size = (int) Math.min(mine.length, length - done);
      assertThat(some.read(start + done, mine, 0, size)).isEqualTo(PhysicalRead.complete(size));
      assertThat(all.read(start + done, real, 0, size)).isEqualTo(PhysicalRead.complete(size));
      boolean same =
          Arrays.equals(mine, 0, size, real, 0, size)
              || Arrays.equals(mine, 0, size, zero, 0, size);
      assertThat(same).as("page at %#x", start + done).isTrue();
    }
    return length;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
