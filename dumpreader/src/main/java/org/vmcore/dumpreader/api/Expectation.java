package org.vmcore.dumpreader.api;

/** How much of a piece is likely to be read, for {@link DumpInput#willRead}. */
public enum Expectation {
  /** All of it, or nearly. */
  ALL,

  /** Enough for it to be worth getting all at once where that is little of the whole. */
  MUCH
}
