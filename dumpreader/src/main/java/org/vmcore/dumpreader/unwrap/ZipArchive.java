package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
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

  static ZipArchive read(DumpInput input) throws IOException, DamagedDumpException {
    InputChannel channel = new InputChannel(input, input.size());
    try {
      return new ZipArchive(input, ZipFile.builder().setSeekableByteChannel(channel).get());
    } catch (IOException | RuntimeException e) {
      throw new DamagedDumpException(
          input, channel.position(), "zip's central directory", String.valueOf(e.getMessage()));
    }
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
        .<Entry>map(Zipped::new)
        .toList();
  }

  private final class Zipped implements Entry {
    private final ZipArchiveEntry entry;

    Zipped(ZipArchiveEntry entry) {
      this.entry = entry;
    }

    @Override
    public String name() {
      return entry.getName();
    }

    private boolean isReadable() {
      int method = entry.getMethod();
      return !entry.getGeneralPurposeBit().usesEncryption()
          && (method == ZipEntry.STORED || method == ZipEntry.DEFLATED);
    }

    private ArchivedInput bytes() throws IOException {
      // Finds where its contents begin.
      zip.getRawInputStream(entry).close();
      SliceInput slice = new SliceInput(input, entry.getDataOffset(), entry.getCompressedSize());
      return new ArchivedInput(slice, name());
    }

    @Override
    public DumpInput peek(int most) throws IOException {
      if (!isReadable()) {
        return new BytesInput(name(), new byte[0]);
      }
      if (entry.getMethod() == ZipEntry.STORED) {
        return bytes();
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return new BytesInput(name(), in.readNBytes(most));
      }
    }

    @Override
    public DumpInput open(OpenOptions options) throws IOException, DumpException {
      if (!isReadable()) {
        throw new UnsupportedDumpException(
            input,
            name() + " is encrypted or packed in a rare way",
            "unpack it (unzip) and name it");
      }
      ArchivedInput bytes = bytes();
      return entry.getMethod() == ZipEntry.STORED
          ? bytes
          : UnpackedInput.unpack(bytes, DEFLATE, options);
    }
  }
}
