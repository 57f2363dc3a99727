package org.vmcore.dumpreader.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * An open dump: immutable, and safe for use by several threads at once.
 *
 * <p>It belongs to no architecture: notes and VMCOREINFO are given as they are in the file.
 */
public interface Dump extends Closeable {

  /** What the file says of itself. */
  DumpInfo info();

  PhysicalMemory memory();

  /** All ELF notes, in file order; empty where the format has none. */
  List<Note> notes();

  /** The VMCOREINFO that the file carries, if any; a copy in physical memory is not looked for. */
  Optional<Vmcoreinfo> vmcoreinfo();

  /**
   * What makedumpfile was told to overwrite with the letter X (its --config and --eppic), a line
   * for each piece of memory, such as {@code erase jiffies size 8}.
   */
  default List<String> erased() {
    return notes().stream()
        .filter(note -> note.name().equals(Note.ERASEINFO))
        .flatMap(note -> new String(note.descriptor(), ISO_8859_1).lines())
        .map(line -> line.replace("\0", ""))
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** The PT_LOADs of an ELF vmcore, in file order; empty for other formats. */
  List<Segment> segments();

  /** Closes the files that the dump owns: those of {@link org.vmcore.dumpreader.DumpFormats#open}. */
  @Override
  default void close() throws IOException {}
}
