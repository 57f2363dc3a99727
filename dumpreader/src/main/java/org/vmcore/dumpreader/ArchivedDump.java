package org.vmcore.dumpreader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.known.OtherFiles;
import org.vmcore.dumpreader.input.PlacedInput;
import org.vmcore.dumpreader.unwrap.Archive;
import org.vmcore.dumpreader.unwrap.CompressedFile;
import org.vmcore.dumpreader.unwrap.FlattenedFile;

/** Which file of an archive is the dump: that is told by content, as everywhere. */
final class ArchivedDump {
  /** Bytes in which each format has shown what it is. */
  private static final int PEEK = 1 << 20;

  /** Names in a message. */
  private static final int MOST_NAMES = 10;

  private ArchivedDump() {}

  /**
   * The dump in an archive; any other input comes back as it is.
   *
   * @return the parts of a split dump, where the archive has them; closing one closes {@code input}
   * @throws UnsupportedDumpException when there is no dump in it, or more than one; the message
   *     lists them
   */
  static List<DumpInput> in(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    Archive archive = input instanceof PlacedInput ? null : Archive.of(input).orElse(null);
    if (archive == null) {
      return List.of(input);
    }
    List<Archive.Entry> entries = archive.entries();
    List<Archive.Entry> dumps = new ArrayList<>();
    for (Archive.Entry entry : entries) {
      options.progress().update("looking into " + input.name(), dumps.size(), entries.size());
      if (entries.size() == 1 || isDump(entry, options)) {
        dumps.add(entry);
      }
    }
    options.progress().update("looking into " + input.name(), 1, 1);
    String command = "(%s %s)".formatted(archive.command(), OtherFiles.fileOf(input));
    if (dumps.isEmpty()) {
      throw new UnsupportedDumpException(
          input,
          "%s without a dump".formatted(archive.kind()),
          "it has %s; if one is a dump, unpack it %s and name it"
              .formatted(names(entries), command));
    }
    List<DumpInput> opened = new ArrayList<>();
    try {
      for (Archive.Entry dump : dumps) {
        opened.add(dump.open(options));
      }
      if (dumps.size() > 1 && !areOne(opened, options)) {
        throw new UnsupportedDumpException(
            input,
            "%s with %d dumps, %s".formatted(archive.kind(), dumps.size(), names(dumps)),
            "unpack it %s and name one".formatted(command));
      }
      return opened;
    } catch (IOException | DumpException | RuntimeException e) {
      DumpFormats.closeAfter(e, opened);
      throw e;
    }
  }

  private static boolean isDump(Archive.Entry entry, OpenOptions options) {
    try {
      DumpInput start = entry.peek(PEEK);
      DumpInput unpacked = CompressedFile.peek(start, PEEK).orElse(start);
      if (!FlattenedFile.isOne(unpacked)) {
        DumpFormats.recognise(List.of(unpacked), options);
      }
      return true;
    } catch (DamagedDumpException e) {
      // Its beginning is cut off from the rest, or it is in pieces.
      return true;
    } catch (DumpException | IOException e) {
      return false;
    }
  }

  /** Whether they are the parts of a split dump. */
  private static boolean areOne(List<DumpInput> parts, OpenOptions options) throws IOException {
    try {
      DumpFormats.recognise(parts, options);
      return true;
    } catch (DumpException e) {
      return false;
    }
  }

  private static String names(List<Archive.Entry> entries) {
    String names =
        entries.stream()
            .limit(MOST_NAMES)
            .map(Archive.Entry::name)
            .collect(Collectors.joining(", "));
    int more = entries.size() - MOST_NAMES;
    return names.isEmpty() ? "no file" : more > 0 ? names + " and %d more".formatted(more) : names;
  }
}
