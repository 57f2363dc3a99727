package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.SyntheticDump;

/** What every dump format promises, tried on files that its own test makes of made-up machines. */
public abstract class DumpFormatContract {
  public static final int PAGE = SyntheticDump.PAGE_SIZE;

  /** EM_X86_64. */
  public static final int X86_64 = 62;

  public static final String VMCOREINFO =
      "OSRELEASE=6.1.0-contract\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n";

  /** Damaged files tried; they take about a second. */
  private static final int DAMAGED_FILES = 3_000;

  /** A reader that asks for more than this to open a file of some 100 KiB believed a wrong size. */
  private static final long MAX_ALLOCATION = 16 << 20;

  /** The format under test. */
  public abstract DumpFormat format();

  /** A made-up machine as a file of this format, with all its memory, notes and VMCOREINFO. */
  public abstract byte[] write(SyntheticDump dump) throws Exception;

  /** The bytes in which offsets count: those of the file, or what a wrapper carries. */
  protected byte[] plain(byte[] file) {
    return file;
  }

  /** Three runs of memory: pages 1 to 7, 16 and 17, 0x400 to 0x404. */
  public static SyntheticDump sample() {
    return sampleBuilder().build();
  }

  public static SyntheticDump.Builder sampleBuilder() {
    Random random = new Random(42);
    SyntheticDump.Builder builder =
        SyntheticDump.builder("sample", X86_64, 64, ByteOrder.LITTLE_ENDIAN);
    for (long page : new long[] {1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x400, 0x401, 0x402, 0x403}) {
      byte[] bytes = new byte[PAGE];
      // Half of each page is noise, so that a page compresses, but not to nothing.
      random.nextBytes(bytes);
      Arrays.fill(bytes, PAGE / 4, 3 * PAGE / 4, (byte) page);
      builder.write(page * PAGE, bytes);
    }
    return builder
        .zeroPages(0x404L * PAGE, PAGE)
        .note(Note.CORE, Note.NT_PRSTATUS, new byte[336])
        .note(Note.CORE, Note.NT_PRSTATUS, noise(336))
        .note(Note.VMCOREINFO, 0, VMCOREINFO.getBytes(ISO_8859_1));
  }

  public static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  protected Dump open(byte[] file) throws IOException, DumpException {
    return open(new BytesInput("sample", file));
  }

  protected Dump open(DumpInput input) throws IOException, DumpException {
    return DumpFormats.open(input, smallCache());
  }

  private static OpenOptions smallCache() {
    return new OpenOptions(1 << 20, Progress.SILENT);
  }

  /** Asserts that all memory, present or not, reads the same in both. */
  public static void assertSameMemory(PhysicalMemory actual, PhysicalMemory expected) {
    assertThat(ranges(actual)).isEqualTo(ranges(expected));
    expected.forEachRange(
        (start, length, presence) -> {
          for (long at = start; at - start < length; at += PAGE) {
            byte[] want = new byte[PAGE];
            byte[] got = new byte[PAGE];
            PhysicalRead wanted = expected.read(at, want, 0, PAGE);
            assertThat(actual.read(at, got, 0, PAGE)).isEqualTo(wanted);
            assertThat(Arrays.copyOf(got, wanted.length()))
                .isEqualTo(Arrays.copyOf(want, wanted.length()));
          }
        });
  }

  /** The fault of a read that must have one. */
  public static PhysicalFault fault(PhysicalRead read) {
    return Objects.requireNonNull(read.fault(), "the read was complete");
  }

  public record Range(long start, long length, Presence presence) {}

  public static List<Range> ranges(PhysicalMemory memory) {
    List<Range> ranges = new ArrayList<>();
    memory.forEachRange((start, length, kind) -> ranges.add(new Range(start, length, kind)));
    return ranges;
  }

  @Test
  void memoryNotesAndVmcoreinfoAreThoseWritten() throws Exception {
    SyntheticDump expected = sample();
    byte[] file = write(expected);
    Dump dump = open(file);

    assertSameMemory(dump.memory(), expected.memory());
    assertThat(dump.notes())
        .extracting(Note::name, Note::type, Note::descriptor)
        .containsExactlyElementsOf(
            expected.notes().stream()
                .map(note -> tuple(note.name(), note.type(), note.descriptor()))
                .toList());
    assertThat(dump.notes())
        .allSatisfy(
            note ->
                assertThat(note.descriptor())
                    .isEqualTo(
                        Arrays.copyOfRange(
                            plain(file),
                            (int) note.fileOffset(),
                            (int) note.fileOffset() + note.descriptor().length)));
    assertThat(dump.vmcoreinfo().orElseThrow().text()).asString().isEqualTo(VMCOREINFO);
  }

  @Test
  void theFileTellsWhatItIs() throws Exception {
    byte[] file = write(sample());
    DumpInfo info = open(file).info();

    assertThat(info.file()).startsWith("sample");
    assertThat(info.fileSize()).isEqualTo(plain(file).length);
    assertThat(info.format()).isEqualTo(format().name());
    assertThat(info.byteOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(info.wordBits()).isEqualTo(64);
    assertThat(info.incomplete()).isEmpty();
  }

  @Test
  void aReadGoesOnAcrossPages() throws Exception {
    PhysicalMemory memory = open(write(sample())).memory();
    byte[] expected = new byte[3 * PAGE];
    sample().memory().read(2 * PAGE - 100, expected, 0, expected.length);

    byte[] bytes = new byte[3 * PAGE + 20];
    assertThat(memory.read(2 * PAGE - 100, bytes, 7, 3 * PAGE))
        .isEqualTo(PhysicalRead.complete(3 * PAGE));
    assertThat(Arrays.copyOfRange(bytes, 7, 7 + 3 * PAGE)).isEqualTo(expected);
    assertThat(Arrays.copyOf(bytes, 7)).containsOnly(0);
    assertThat(Arrays.copyOfRange(bytes, 7 + 3 * PAGE, bytes.length)).containsOnly(0);
  }

  @Test
  void aReadOfNothingIsComplete() throws Exception {
    PhysicalMemory memory = open(write(sample())).memory();

    assertThat(memory.read(PAGE, new byte[0], 0, 0)).isEqualTo(PhysicalRead.complete(0));
    assertThat(memory.read(0, new byte[0], 0, 0)).isEqualTo(PhysicalRead.complete(0));
  }

  @Test
  void aReadStopsAtAHoleAndNamesIt() throws Exception {
    PhysicalMemory memory = open(write(sample())).memory();

    PhysicalRead read = memory.read(8 * PAGE - 10, new byte[PAGE], 0, PAGE);
    assertThat(read.length()).isEqualTo(10);
    assertThat(fault(read).physicalAddress()).isEqualTo(8 * PAGE);
    assertThat(fault(read).reason()).isIn(absentReasons());

    read = memory.read(0, new byte[8], 0, 8);
    assertThat(read.length()).isZero();
    assertThat(fault(read).physicalAddress()).isZero();
  }

  /** Whether a format can tell a page that never was from one that was left out. */
  protected List<PhysicalFault.Reason> absentReasons() {
    return List.of(PhysicalFault.Reason.NOT_IN_DUMP);
  }

  @Test
  void addressesAreUnsigned() throws Exception {
    PhysicalMemory memory = open(write(sample())).memory();

    for (long address : new long[] {Long.MIN_VALUE, -2 * PAGE, -PAGE - 1, -8, -1}) {
      PhysicalRead read = memory.read(address, new byte[2 * PAGE], 0, 2 * PAGE);
      assertThat(read.length()).isZero();
      assertThat(fault(read).physicalAddress()).isEqualTo(address);
      assertThat(memory.nextPresent(address)).isEqualTo(PhysicalMemory.NONE);
    }
  }

  @Test
  void nextPresentAndRangesAgreeWithRead() throws Exception {
    PhysicalMemory memory = open(write(sample())).memory();
    List<Range> ranges = ranges(memory);

    for (int i = 1; i < ranges.size(); i++) {
      Range before = ranges.get(i - 1);
      Range range = ranges.get(i);
      assertThat(Long.compareUnsigned(before.start + before.length, range.start))
          .as("ascending and apart: %s %s", before, range)
          .isLessThanOrEqualTo(before.presence == range.presence ? -1 : 0);
    }
    for (long at = 0; at < 0x420L * PAGE; at += PAGE / 2) {
      long address = at;
      boolean readable = memory.read(at, new byte[1], 0, 1).isComplete();
      boolean inRange =
          ranges.stream()
              .anyMatch(
                  range ->
                      range.presence == Presence.PRESENT
                          && address >= range.start
                          && address - range.start < range.length);
      assertThat(inRange).as("%#x", at).isEqualTo(readable);
      assertThat(memory.nextPresent(at) == at).as("%#x", at).isEqualTo(readable);
    }
    assertThat(memory.nextPresent(0)).isEqualTo(PAGE);
    assertThat(memory.nextPresent(8 * PAGE + 5)).isEqualTo(0x10 * PAGE);
    assertThat(memory.nextPresent(0x12 * PAGE - 1)).isEqualTo(0x12 * PAGE - 1);
    assertThat(memory.nextPresent(0x405L * PAGE)).isEqualTo(PhysicalMemory.NONE);
  }

  @Test
  void severalThreadsReadWhatOneReads() throws Exception {
    PhysicalMemory expected = sample().memory();
    PhysicalMemory memory = open(write(sample())).memory();
    Callable<Integer> reader =
        () -> {
          Random random = new Random(Thread.currentThread().getId());
          byte[] want = new byte[2 * PAGE];
          byte[] got = new byte[2 * PAGE];
          int wrong = 0;
          for (int i = 0; i < 3_000; i++) {
            long at = random.nextInt(0x12 * PAGE);
            int length = random.nextInt(i % 2 == 0 ? 64 : 2 * PAGE);
            PhysicalRead wanted = expected.read(at, want, 0, length);
            PhysicalRead read = memory.read(at, got, 0, length);
            boolean same =
                read.length() == wanted.length()
                    && Arrays.equals(got, 0, read.length(), want, 0, read.length());
            wrong += same ? 0 : 1;
          }
          return wrong;
        };
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Integer> wrong : threads.invokeAll(List.of(reader, reader, reader, reader))) {
        assertThat(wrong.get()).isZero();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void otherFilesAreNotMine() throws Exception {
    byte[] mine = write(sample());
    for (String start : List.of("", "x", "KDU", "KDUMP   ", "\177ELF", "\177EL", "makedumpfile")) {
      byte[] magic = start.getBytes(ISO_8859_1);
      byte[] file = Arrays.copyOf(magic, start.isEmpty() ? 0 : PAGE);
      if (magic.length == 0 || !Arrays.equals(magic, Arrays.copyOf(mine, magic.length))) {
        assertThat(format().open(new BytesInput("other", file), smallCache())).as(start).isEmpty();
      }
    }
    assertThat(
            format()
                .open(new BytesInput("text", "x".repeat(9_000).getBytes(ISO_8859_1)), smallCache()))
        .isEmpty();
  }

  @Test
  void openingReadsNoPageData() throws Exception {
    int pages = 1024;
    SyntheticDump.Builder builder = sampleBuilder();
    builder.write(0x1000L * PAGE, noise(pages * PAGE));
    CountingInput input = new CountingInput(write(builder.build()));

    open(input);
    assertThat(input.bytesRead).isLessThan(pages * PAGE / 16);
  }

  @Test
  void damageGivesAnAnswerOrOneOfTwoExceptions() throws Exception {
    byte[] file = write(sample());
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertTimeoutPreemptively(
        Duration.ofMinutes(3),
        () -> {
          Random random = new Random(20261101);
          for (int i = 0; i < DAMAGED_FILES; i++) {
            byte[] damaged = damage(file, random);
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            assertThatCode(() -> use(damaged))
                .as("damaged file %d", i)
                .satisfiesAnyOf(
                    thrown -> assertThat(thrown).isNull(),
                    thrown -> assertThat(thrown).isInstanceOf(IOException.class),
                    thrown -> assertThat(thrown).isInstanceOf(DumpException.class));
            assertThat(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
                .as("bytes allocated for damaged file %d", i)
                .isLessThan(MAX_ALLOCATION);
          }
        });
  }

  /** Most damage goes where headers are: flips in page data show nothing. */
  private static byte[] damage(byte[] file, Random random) {
    int metadata = Math.min(file.length, 4 * PAGE);
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(file, random.nextInt(random.nextBoolean() ? file.length : metadata));
    }
    byte[] damaged = file.clone();
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      int at = random.nextInt(random.nextInt(8) == 0 ? file.length : metadata);
      // Zeros are mostly padding: look for something that means something, not too hard.
      for (int tries = 0; damaged[at] == 0 && tries < 20; tries++) {
        at = random.nextInt(metadata);
      }
      damaged[at] ^= (byte) (1 << random.nextInt(8));
    }
    return damaged;
  }

  /** Reads as a user would, from whatever the damaged file makes believe. */
  private void use(byte[] file) throws IOException, DumpException {
    PhysicalMemory memory = open(new BytesInput("damaged", file)).memory();
    byte[] bytes = new byte[2 * PAGE];
    long at = memory.nextPresent(0);
    for (int i = 0; i < 20 && at != PhysicalMemory.NONE; i++) {
      memory.read(at, bytes, 0, bytes.length);
      at = memory.nextPresent(at + PAGE);
    }
    for (Range range : ranges(memory)) {
      memory.read(range.start, bytes, 0, 8);
      memory.read(range.start + range.length - 8, bytes, 0, 16);
    }
  }

  /** Counts what is read of it. */
  public static final class CountingInput implements DumpInput {
    private final BytesInput bytes;
    private long bytesRead;

    public CountingInput(byte[] bytes) {
      this.bytes = new BytesInput("counted", bytes);
    }

    public long bytesRead() {
      return bytesRead;
    }

    @Override
    public String name() {
      return bytes.name();
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      int got = bytes.read(position, destination, offset, length);
      bytesRead += got;
      return got;
    }

    @Override
    public void close() {}
  }
}
