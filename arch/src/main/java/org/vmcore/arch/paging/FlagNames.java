package org.vmcore.arch.paging;

/** Builds the text of a page-table entry's flags, such as {@code PRESENT|RW}. */
public final class FlagNames {
  private final long entry;
  private final StringBuilder text = new StringBuilder(48);

  public FlagNames(long entry) {
    this.entry = entry;
  }

  /** Adds a name when any of the bits is set. */
  public FlagNames add(long bits, String name) {
    return add((entry & bits) != 0, name);
  }

  public FlagNames add(boolean set, String name) {
    if (set) {
      text.append(text.length() == 0 ? "" : "|").append(name);
    }
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
