package org.vmcore.dumpreader.api;

import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * What a caller may choose when a dump is opened.
 *
 * @param cacheBytes bound of the page cache in bytes, 0 or more; shared by all readers of the dump
 * @param progress told of work that a person would wait for
 * @param temporaryDirectory where a compressed file is unpacked to
 * @param byteOrder of a machine whose dump does not tell it, such as raw memory
 * @param wordBits 32 or 64, of such a machine
 * @param remote opens what is named by a URI
 */
public record OpenOptions(
    long cacheBytes,
    Progress progress,
    Path temporaryDirectory,
    ByteOrder byteOrder,
    int wordBits,
    RemoteOpener remote) {
  /** 256 MiB: the direct-mapped working set of a long gdb session, and little for a workstation. */
  public static final long DEFAULT_CACHE_BYTES = 256L << 20;

  public OpenOptions {
    if (cacheBytes < 0) {
      throw new IllegalArgumentException("cacheBytes must not be negative: " + cacheBytes);
    }
    if (wordBits != 32 && wordBits != 64) {
      throw new IllegalArgumentException("wordBits must be 32 or 64: " + wordBits);
    }
  }

  /** With the JDK's temporary directory, for a little-endian machine of 64 bits. */
  public OpenOptions(long cacheBytes, Progress progress) {
    this(
        cacheBytes,
        progress,
        Path.of(System.getProperty("java.io.tmpdir")),
        ByteOrder.LITTLE_ENDIAN,
        64,
        RemoteOpener.NONE);
  }

  public static OpenOptions defaults() {
    return new OpenOptions(DEFAULT_CACHE_BYTES, Progress.SILENT);
  }

  public OpenOptions withTemporaryDirectory(Path directory) {
    return new OpenOptions(cacheBytes, progress, directory, byteOrder, wordBits, remote);
  }

  /** For a machine of that kind, where its dump does not tell it. */
  public OpenOptions withMachine(ByteOrder order, int bits) {
    return new OpenOptions(cacheBytes, progress, temporaryDirectory, order, bits, remote);
  }

  /** With a way to open what is named by a URI. */
  public OpenOptions withRemote(RemoteOpener opener) {
    return new OpenOptions(cacheBytes, progress, temporaryDirectory, byteOrder, wordBits, opener);
  }
}
