package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;

/** Files in one file, as people send a dump with what belongs to it. */
public interface Archive {

  /** What a message calls it, such as {@code tar archive}. */
  String kind();

  /** The command that takes one file out of it, but for that file's name. */
  String command();

  /** The files in it, in its order; no directories and no links. */
  List<Entry> entries();

  /** A file in an archive. */
  interface Entry {
    /** As the archive has it, with its directories. */
    String name();

    /**
     * Its first bytes, for a look at what it is.
     *
     * @param most bytes
     * @throws IOException also when they are damaged
     */
    DumpInput peek(int most) throws IOException;

    /**
     * The file. What is not packed is read where it lies.
     *
     * @return closing it closes the archive
     * @throws DumpException when it cannot be unpacked
     * @throws IOException when the temporary directory cannot hold it
     */
    DumpInput open(OpenOptions options) throws IOException, DumpException;
  }

  /**
   * Tells an archive by its content.
   *
   * @return empty when it is none
   * @throws DamagedDumpException when nothing can be said of what is in it
   */
  static Optional<Archive> of(DumpInput input) throws IOException, DamagedDumpException {
    if (TarArchive.isOne(input)) {
      return Optional.of(TarArchive.read(input));
    }
    return ZipArchive.isOne(input) ? Optional.of(ZipArchive.read(input)) : Optional.empty();
  }
}
