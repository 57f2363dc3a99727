package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.io.InputStream;

/** A way to make bytes fewer. */
interface Packing {
  /** The name of the program that unpacks it, and tests it with {@code -t}. */
  String program();

  /**
   * Unpacks a stream, whose {@code available} must be 0 only at its end: the JDK looks for a next
   * member by it. Damage is an IOException or one of a few RuntimeExceptions.
   */
  InputStream open(InputStream in) throws IOException;
}
