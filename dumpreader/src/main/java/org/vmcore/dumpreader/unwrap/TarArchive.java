package org.vmcore.dumpreader.unwrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.SliceInput;

/**
 * A tar archive, whose files are read where they lie.
 *
 * <pre>
 * file = (header of 512 bytes, contents up to a multiple of 512 bytes)*, zeros
 * </pre>
 *
 * <p>POSIX.1-2017, pax, "ustar Interchange Format".
 */
final class TarArchive implements Archive {
  private static final int MAGIC_OFFSET = 257;
  private static final String MAGIC = "ustar";
  private static final int RECORD = 512;
  private static final int BLOCK = 20 * RECORD;

  private final DumpInput input;
  private final TarFile tar;

  private TarArchive(DumpInput input, TarFile tar) {
    this.input = input;
    this.tar = tar;
  }

  static boolean isOne(DumpInput input) throws IOException {
    return new SliceInput(input, MAGIC_OFFSET, MAGIC.length()).startsWith(MAGIC);
  }

  static TarArchive read(DumpInput input) throws DamagedDumpException {
    return new TarArchive(input, channel(input).readBy(TarArchive::open, "tar header"));
  }

  /** One that is cut short has what comes before that: behind it are zeros, as in any other. */
  private static InputChannel channel(DumpInput input) {
    return new InputChannel(input, Long.MAX_VALUE);
  }

  private static TarFile open(InputChannel channel) throws IOException {
    return new TarFile(channel, BLOCK, RECORD, UTF_8.name(), true);
  }

  @Override
  public String kind() {
    return "tar archive";
  }

  @Override
  public String command() {
    return "tar xf";
  }

  @Override
  public List<Entry> entries() {
    List<TarArchiveEntry> all = tar.getEntries();
    List<Entry> files = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      TarArchiveEntry entry = all.get(i);
      if (entry.isFile() && !entry.isLink() && !entry.isSymbolicLink()) {
        files.add(entry.isSparse() ? sparse(entry, i) : stored(entry));
      }
    }
    return files;
  }

  private Entry stored(TarArchiveEntry entry) {
    SliceInput slice = new SliceInput(input, entry.getDataOffset(), entry.getSize());
    ArchivedInput bytes = new ArchivedInput(slice, entry.getName());
    return new ArchivedFile(entry.getName(), () -> bytes, Optional.empty());
  }

  /**
   * @param index among all entries
   */
  private Entry sparse(TarArchiveEntry entry, int index) {
    return new ArchivedFile(entry.getName(), () -> input, Optional.of(new Sparse(index)));
  }

  /**
   * A file without its holes ({@code tar -S}). Read by a TarFile of its own, each of which reads a
   * sparse entry only once.
   */
  private final class Sparse implements Packing {
    private final int index;

    Sparse(int index) {
      this.index = index;
    }

    @Override
    public String program() {
      return "tar";
    }

    @Override
    public InputStream open(InputStream in) throws IOException {
      TarFile again = TarArchive.open(channel(input));
      return again.getInputStream(again.getEntries().get(index));
    }
  }
}
