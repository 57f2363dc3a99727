package org.vmcore.gdbstub.symbols.write.elf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.InputCopy;
import org.vmcore.dumpreader.input.JoinedInput;

/**
 * A file that was made, in pieces that follow one another: those of a kernel are megabytes, and put
 * together only where they go.
 */
public final class ElfFile {
  private final List<byte[]> pieces;

  ElfFile(List<byte[]> pieces) {
    this.pieces = List.copyOf(pieces);
  }

  /** The file as one that is read. */
  public DumpInput toInput(String name) {
    return new JoinedInput(pieces.stream().map(piece -> new BytesInput(name, piece)).toList());
  }

  /** Writes it, over what may be there. */
  public void write(Path path) throws IOException {
    InputCopy.write(toInput(path.toString()), path);
  }
}
