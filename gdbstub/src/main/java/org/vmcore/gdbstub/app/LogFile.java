package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file that is the text of a kernel's log, and no dump. */
public final class LogFile {
  /** What tells a text from a dump. */
  private static final int HEAD = 4096;

  /** More than any log; a larger file's end is what matters, and is a dump's business. */
  private static final int MAX = 256 << 20;

  private LogFile() {}

  /**
   * Its text, by ISO-8859-1; empty where the file is none, or cannot be read, of which whoever
   * opens it as a dump tells.
   *
   * @throws IOException when it is too large
   */
  public static Optional<String> read(Path file) throws IOException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(HEAD);
      if (!isText(head)) {
        return Optional.empty();
      }
    }
    if (Files.size(file) > MAX) {
      throw new IOException(file + ": a log of more than 256 MiB; give the end of it");
    }
    return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
  }

  /**
   * Headers of dumps have bytes of 0, or, as those of makedumpfile's flattened stream and of
   * VMware, none of a line's end in the first kilobytes; a console has hardly any control
   * characters.
   */
  private static boolean isText(byte[] head) {
    int lines = 0;
    int controls = 0;
    for (byte b : head) {
      if (b == 0) {
        return false;
      }
      lines += b == '\n' ? 1 : 0;
      controls += b < ' ' && b >= 0 && b != '\n' && b != '\r' && b != '\t' && b != 0x1b ? 1 : 0;
    }
    return head.length > 0 && controls * 20 < head.length && (lines > 0 || head.length < HEAD);
  }
}
