package org.vmcore.dumpreader;

import java.io.IOException;
import java.util.Optional;

/**
 * One dump format. To add one: a class that starts with the format's grammar, a line in {@link
 * DumpFormats#ALL}, a test that extends {@code DumpFormatContract}, a row in the README's table.
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
}
