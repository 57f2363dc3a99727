package org.vmcore.dumpreader.api;

/**
 * The machine's physical memory as far as a dump holds it. Addresses are unsigned 64-bit bytes.
 *
 * <p>Implementations are safe for use by several threads at once, and a read never throws for what
 * is in the dump: bytes that are not there are an answer.
 */
public interface PhysicalMemory {

  /** Returned by {@link #nextPresent} when nothing more is present. */
  long NONE = -1;

  /**
   * Copies memory to {@code destination}, up to the first byte that cannot be read. Bytes of {@code
   * destination} past the returned length are unspecified.
   */
  PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length);

  /**
   * Says what will be read soon, see {@link DumpInput#willRead}. For those who know that much of a
   * piece will be, of a dump that lies elsewhere; finding out where it is costs some reads.
   */
  default void willRead(long physicalAddress, long length) {}

  /**
   * The lowest address at or above {@code physicalAddress} whose bytes the dump holds, or {@link
   * #NONE}. Costs little: it consults the dump's index, not its pages.
   */
  long nextPresent(long physicalAddress);

  /**
   * Visits the memory that the dump describes as maximal runs of one presence, ascending and
   * without overlap. Costs time in proportion to the dump's index; keeps nothing.
   */
  void forEachRange(RangeVisitor visitor);

  /** Receives the runs of {@link #forEachRange}. */
  @FunctionalInterface
  interface RangeVisitor {
    /**
     * @param start first physical address of the run
     * @param length bytes in the run, at least 1
     */
    void visit(long start, long length, Presence presence);
  }

  /** Whether the dump holds a piece of memory that it describes. */
  enum Presence {
    /** The bytes are in the file. */
    PRESENT,
    /** Left out on purpose by the dump tool. */
    FILTERED,
    /** Should be in the file, which ends before it. */
    TRUNCATED
  }
}
