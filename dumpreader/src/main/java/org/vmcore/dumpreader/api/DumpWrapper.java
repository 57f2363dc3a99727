package org.vmcore.dumpreader.api;

import java.io.IOException;
import java.util.Optional;

/**
 * A form that carries a dump of any format, byte for byte: makedumpfile's flattened stream, a
 * compressed file. To add one: a class that starts with the form's grammar, a line in {@link
 * org.vmcore.dumpreader.DumpFormats#WRAPPERS}, a test, a row in the README's table.
 */
public interface DumpWrapper {

  /** The form's usual name; {@link DumpInput#name()} of what is inside ends with it. */
  String name();

  /**
   * Gives random access to the dump inside. Work that a person would wait for is told to the
   * options' progress.
   *
   * @return the dump's bytes, or empty when the input's first bytes are not of this form. Closing
   *     the result closes {@code input}; when this fails, {@code input} stays open.
   * @throws DumpException when they are, but the file is damaged or of an unknown variant
   */
  Optional<DumpInput> unwrap(DumpInput input, OpenOptions options)
      throws IOException, DumpException;
}
