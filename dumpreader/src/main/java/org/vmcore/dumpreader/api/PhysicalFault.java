package org.vmcore.dumpreader.api;

import org.jspecify.annotations.Nullable;

/**
 * Why bytes of physical memory cannot be read. Text is made only when asked for.
 *
 * @param physicalAddress the first address that could not be read
 * @param detail what exactly is wrong, or null where the reason says it all
 */
public record PhysicalFault(Reason reason, long physicalAddress, @Nullable String detail) {

  /** The reasons differ where a user would act differently. */
  public enum Reason {
    /** The machine had the page; the dump tool was told to leave it out. */
    FILTERED("filtered out of the dump"),
    /** The dump describes no memory there. */
    NOT_IN_DUMP("not in the dump"),
    /** The dump names the page, and the file ends before it. */
    TRUNCATED("lost: the dump file is cut short"),
    /** The page's descriptor or compressed data is damaged. */
    CORRUPT("corrupt in the dump file"),
    /** The operating system failed to read the file. */
    IO_ERROR("unreadable: the file could not be read");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  public String message() {
    return "physical address %#018x is %s%s"
        .formatted(physicalAddress, reason.text(), detail == null ? "" : " (" + detail + ")");
  }
}
