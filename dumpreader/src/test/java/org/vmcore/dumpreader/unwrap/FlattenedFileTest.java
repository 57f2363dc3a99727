package org.vmcore.dumpreader.unwrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.FlattenedBytes;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault.Reason;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.kdump.KdumpCompressedTest;
import org.vmcore.dumpreader.format.kdump.PageDescriptor;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.write.SyntheticDump;

/** A kdump-compressed file in a flattened stream does all that it does by itself. */
class FlattenedFileTest extends DumpFormatContract {
  private static final FlattenedFile FLATTENED = new FlattenedFile();

  private static DumpInput unwrap(byte[] stream) throws IOException, DumpException {
    return FLATTENED.unwrap(new BytesInput("stream", stream), OpenOptions.defaults()).orElseThrow();
  }

  private static byte[] all(DumpInput input) throws IOException {
    byte[] bytes = new byte[(int) input.size()];
    assertThat(input.read(0, bytes, 0, bytes.length)).isEqualTo(bytes.length);
    return bytes;
  }

  @Override
  public DumpFormat format() {
    return new DumpFormat() {
      private final KdumpCompressed inner = new KdumpCompressed();

      @Override
      public String name() {
        return inner.name();
      }

      @Override
      public Optional<Dump> open(DumpInput input, OpenOptions options)
          throws IOException, DumpException {
        Optional<DumpInput> plain = FLATTENED.unwrap(input, options);
        return plain.isPresent() ? inner.open(plain.get(), options) : Optional.empty();
      }
    };
  }

  @Override
  public byte[] write(SyntheticDump dump) throws Exception {
    byte[] file = KdumpCompressedTest.write(PageCodec.ZLIB, 6, dump);
    return FlattenedBytes.of(file, 6000).end();
  }

  @Override
  protected byte[] plain(byte[] file) {
    return FlattenedBytes.restore(file);
  }

  @Override
  protected List<Reason> absentReasons() {
    return List.of(Reason.NOT_IN_DUMP, Reason.FILTERED);
  }

  @Test
  void laterBlocksCountAndGapsAreZero() throws Exception {
    byte[] stream =
        new FlattenedBytes()
            .block(10, new byte[] {1, 2, 3, 4, 5, 6})
            .block(20, new byte[] {9})
            .block(11, new byte[] {7, 8})
            .block(0, new byte[] {5})
            .block(14, new byte[0])
            .end();

    assertThat(all(unwrap(stream)))
        .containsExactly(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 8, 4, 5, 6, 0, 0, 0, 0, 9);
  }

  /** Any order, any overlap: held against writing the blocks one after the other. */
  @Test
  void readsWhatWritingTheBlocksWouldGive() throws Exception {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      FlattenedBytes flattened = new FlattenedBytes();
      long next = random.nextInt(100);
      for (int blocks = 1 + random.nextInt(40); blocks > 0; blocks--) {
        // Mostly one after the other and of one size, so that there are runs to cut into.
        boolean follow = random.nextInt(4) != 0;
        byte[] bytes = new byte[follow ? 16 : 1 + random.nextInt(70)];
        random.nextBytes(bytes);
        next = follow ? next : random.nextInt(400);
        flattened.block(next, bytes);
        next += bytes.length;
      }
      byte[] stream = flattened.block(3, new byte[] {1}).end();
      byte[] expected = FlattenedBytes.restore(stream);
      DumpInput input = unwrap(stream);

      assertThat(all(input)).isEqualTo(expected);
      for (int i = 0; i < 50; i++) {
        int at = random.nextInt(expected.length);
        byte[] got = new byte[random.nextInt(100)];
        int length = Math.min(got.length, expected.length - at);
        assertThat(input.read(at, got, 0, got.length)).isEqualTo(length);
        assertThat(Arrays.copyOf(got, length))
            .isEqualTo(Arrays.copyOfRange(expected, at, at + length));
      }
    }
  }

  @Test
  void aStreamCutShortKeepsWhatItHas() throws Exception {
    byte[] file = KdumpCompressedTest.write(PageCodec.ZLIB, 6, sample());
    // Page descriptors last: of pages 0x402 on they are lost, and all data is there.
    int descriptors = 4 * PAGE;
    byte[] zeros = new byte[3 * PageDescriptor.BYTES];
    byte[] stream =
        new FlattenedBytes()
            .block(0, Arrays.copyOf(file, descriptors))
            .block(
                descriptors + 14 * PageDescriptor.BYTES,
                Arrays.copyOfRange(file, descriptors + 14 * PageDescriptor.BYTES, file.length))
            .block(
                descriptors,
                Arrays.copyOfRange(
                    file, descriptors, descriptors + 14 * PageDescriptor.BYTES - zeros.length))
            .cut();

    try (Dump dump = DumpFormats.open(new BytesInput("cut", stream), OpenOptions.defaults())) {
      assertThat(dump.info().incomplete()).hasSize(1).first().asString().contains("cut short");
      assertThat(dump.memory().read(0x401L * PAGE, new byte[PAGE], 0, PAGE).isComplete()).isTrue();
      PhysicalRead lost = dump.memory().read(0x402L * PAGE, new byte[PAGE], 0, PAGE);
      assertThat(fault(lost).reason()).isEqualTo(Reason.TRUNCATED);
    }
  }

  @Test
  void aDamagedBlockHeaderEndsTheStreamAndIsNamed() throws Exception {
    byte[] stream = new FlattenedBytes().block(0, new byte[] {1, 2}).raw(-7, 9).end();

    assertThat(unwrap(stream).incomplete())
        .containsExactly(
            "The flattened stream is damaged at 0x1012 (offset 0xfffffffffffffff9, buf_size 0x9):"
                + " what follows is missing.");
  }

  @Test
  void aBlockThatTheFileEndsInKeepsItsStart() throws Exception {
    DumpInput input = unwrap(new FlattenedBytes().raw(3, 100).append(new byte[] {1, 2}).cut());

    assertThat(all(input)).containsExactly(0, 0, 0, 1, 2);
    assertThat(input.incomplete()).hasSize(1);
  }

  @Test
  void noStructureIsLongerThanTheStream() throws Exception {
    byte[] stream = new FlattenedBytes().block(1L << 40, new byte[] {9}).end();
    DumpInput dump = unwrap(stream);

    assertThatThrownBy(() -> dump.readFully(0, 1 << 30, "notes"))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("%d bytes, in a file of %d".formatted(1 << 30, stream.length));
  }

  @Test
  void otherVersionsAndEmptyStreamsAreRefused() {
    byte[] version2 = new FlattenedBytes().end();
    ByteBuffer.wrap(version2).putLong(24, 2);

    assertThatThrownBy(() -> unwrap(version2))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("type 1, version 2");
    assertThatThrownBy(() -> unwrap(new FlattenedBytes().end()))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageContaining("no block");
  }

  /** 64 GiB as makedumpfile -E -F writes them: a million blocks, of which only headers are read. */
  @Test
  @Timeout(180)
  void blocksOfOneSizeTakeNoMemoryEach() throws Exception {
    int blockSize = 65536;
    int blocks = 1 << 20;
    List<Long> told = new ArrayList<>();
    DumpInput huge = new HugeStream(blockSize, blocks);

    DumpInput input =
        FLATTENED
            .unwrap(huge, new OpenOptions(0, (task, done, total) -> told.add(done)))
            .orElseThrow();

    assertThat(input.size()).isEqualTo((long) blockSize * blocks);
    assertThat(told).hasSizeBetween(100, 1000).isSorted().endsWith(huge.size());
    byte[] bytes = new byte[2 * Long.BYTES];
    assertThat(input.read(999_999L * blockSize - Long.BYTES, bytes, 0, bytes.length))
        .isEqualTo(bytes.length);
    assertThat(ByteBuffer.wrap(bytes).getLong()).isEqualTo(999_998);
    assertThat(ByteBuffer.wrap(bytes).getLong(Long.BYTES)).isEqualTo(999_999);
  }

  @Test
  void indexOfAlternatingStreamsHasAPieceForEachRun() {
    FlattenedIndex.Builder builder = new FlattenedIndex.Builder();
    long position = 4096;
    for (int i = 0; i < 3000; i++) {
      builder.add(100L * i, position, 100);
      builder.add(1_000_000 + 50L * i, position + 116, 50);
      position += 182;
    }
    FlattenedIndex index = builder.build();

    assertThat(index.pieces()).isEqualTo(6001);
    assertThat(index.isHole(index.pieceAt(500_000))).isTrue();
    assertThat(index.position(index.pieceAt(1_000_060), 1_000_060)).isEqualTo(4096 + 182 + 126);
  }

  /** Each block is full of its number. */
  private record HugeStream(int blockSize, int blocks) implements DumpInput {
    private static final byte[] HEADER = new FlattenedBytes().cut();

    @Override
    public String name() {
      return "huge";
    }

    @Override
    public long size() {
      return 4096 + (blockSize + 16L) * blocks + 16;
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      for (int i = 0; i < length; i++) {
        destination[offset + i] =
            position + i < 4096 ? HEADER[(int) position + i] : byteAt(position + i - 4096);
      }
      return length;
    }

    private byte byteAt(long inBlocks) {
      long block = inBlocks / (blockSize + 16);
      int inBlock = (int) (inBlocks % (blockSize + 16));
      if (block == blocks) {
        return -1;
      }
      long word = inBlock < 8 ? block * blockSize : inBlock < 16 ? blockSize : block;
      return (byte) (word >>> (56 - 8 * (inBlock % 8)));
    }

    @Override
    public void close() {}
  }
}
