package org.vmcore.remote;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A file elsewhere, of which pieces are fetched. Safe for use by several threads. */
interface RemoteObject extends Closeable {
  /** The URI, without secrets. */
  String name();

  /** Length in bytes. */
  long size();

  /**
   * What changes whenever its bytes do: an entity tag, or a time. Nothing is kept from one run to
   * the next of an object that has none.
   */
  Optional<String> version();

  /**
   * Fetches a piece, after some tries.
   *
   * @param length 1 or more; all of it is before the end
   * @throws ChangedException when the object is another than the one that was opened
   * @throws IOException when it cannot be had; the message names the object
   */
  byte[] fetch(long position, int length) throws IOException;

  /** What was fetched when it was opened, from its first byte on; may be empty. */
  byte[] head();

  /** The object is another than the one that was opened. */
  final class ChangedException extends IOException {
    private static final long serialVersionUID = 1;

    ChangedException(String name) {
      super(name + ": has changed since it was opened; start again to read what is there now");
    }
  }
}
