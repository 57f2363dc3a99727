package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.SliceInput;

/**
 * A zip archive. What is merely stored in it is read where it lies, what is deflated is unpacked to
 * a temporary file.
 *
 * <pre>
 * file = (local header, contents)*, central directory (PKWARE's APPNOTE.TXT 6.3.10, 4.3.6)
 * </pre>
 */
final class ZipArchive implements Archive {
  private static final String MAGIC = "PK\3\4";

  private static final Packing DEFLATE =
      new Packing() {
        @Override
        public String program() {
          return "unzip";
        }

        @Override
        public InputStream open(InputStream in) {
          return new InflaterInputStream(in, new Inflater(true));
        }
      };

  private final DumpInput input;
  private final ZipFile zip;

  private ZipArchive(DumpInput input, ZipFile zip) {
    this.input = input;
    this.zip = zip;
  }

  static boolean isOne(DumpInput input) throws IOException {
    return input.startsWith(MAGIC);
  }

  static ZipArchive read(DumpInput input) throws DamagedDumpException {
    InputChannel channel = new InputChannel(input, input.size());
    return new ZipArchive(input, channel.readBy(ZipArchive::open, "zip's central directory"));
  }

  private static ZipFile open(InputChannel channel) throws IOException {
    return ZipFile.builder().setSeekableByteChannel(channel).get();
  }

  @Override
  public String kind() {
    return "zip archive";
  }

  @Override
  public String command() {
    return "unzip";
  }

  @Override
  public List<Entry> entries() {
    return Collections.list(zip.getEntries()).stream()
        .filter(entry -> !entry.isDirectory() && !entry.isUnixSymlink())
        .map(this::entry)
        .toList();
  }

  private Entry entry(ZipArchiveEntry entry) {
    int method = entry.getMethod();
    boolean stored = method == ZipEntry.STORED;
    if (entry.getGeneralPurposeBit().usesEncryption() || !(stored || method == ZipEntry.DEFLATED)) {
      return new Unreadable(input, entry.getName());
    }
    return new ArchivedFile(
        entry.getName(), () -> bytes(entry), stored ? Optional.empty() : Optional.of(DEFLATE));
  }

  private ArchivedInput bytes(ZipArchiveEntry entry) throws IOException {
    // Finds where its contents begin.
    zip.getRawInputStream(entry).close();
    SliceInput slice = new SliceInput(input, entry.getDataOffset(), entry.getCompressedSize());
    return new ArchivedInput(slice, entry.getName());
  }

  /**
   * A file that only the program which packed it can be trusted to unpack.
   *
   * @param archive that it is in
   */
  private record Unreadable(DumpInput archive, String name) implements Entry {
    @Override
    public DumpInput peek(int most) {
      return new BytesInput(name, new byte[0]);
    }

    @Override
    public DumpInput open(OpenOptions options) throws DumpException {
      throw new UnsupportedDumpException(
          archive, name + " is encrypted or packed in a rare way", "unpack it (unzip) and name it");
    }
  }
}
