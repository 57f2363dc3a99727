package org.vmcore.dumpreader.api;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One dump format. To add one: a class that starts with the format's grammar, a line in {@link
 * org.vmcore.dumpreader.DumpFormats#ALL}, a test that extends {@code DumpFormatContract}, the
 * test's samples in {@code FormatSamples}, which damage them, too, a row in the README's table.
 *
 * <p>What merely carries a dump of some other format, byte for byte, is a {@link DumpWrapper}.
 */
public interface DumpFormat {

  /** The format's usual name, as users and the README know it. */
  String name();

  /**
   * Opens an input of this format. Reads headers, notes and bitmaps; reads no page data.
   *
   * <p>The dump does not own {@code input}: whoever opened the input closes it, also when this
   * fails.
   *
   * @return the dump, or empty when the input's first bytes are not of this format
   * @throws DumpException when they are, but the dump is damaged or of an unknown variant
   */
  Optional<Dump> open(DumpInput input, OpenOptions options) throws IOException, DumpException;

  /**
   * Opens a dump that consists of all of these inputs, as {@link #open(DumpInput, OpenOptions)}
   * does. A format whose dumps may be several files overrides this; the others take one.
   *
   * @param inputs at least one, in the order in which the user named them
   */
  default Optional<Dump> open(List<DumpInput> inputs, OpenOptions options)
      throws IOException, DumpException {
    Optional<Dump> dump = open(inputs.get(0), options);
    if (dump.isPresent() && inputs.size() > 1) {
      throw new UnsupportedDumpException(
          inputs.get(1),
          "a second file, but %s is a whole dump (%s)".formatted(inputs.get(0).name(), name()),
          "name one dump at a time");
    }
    return dump;
  }
}
