package org.vmcore.gdbstub.inspect.dump;

import java.util.ArrayList;
import java.util.List;

/** makedumpfile's -d in words (its makedumpfile.h, DL_EXCLUDE_...). */
public final class DumpLevel {
  /** Bit 0 first. */
  private static final List<String> KINDS =
      List.of("zero pages", "page cache", "private page cache", "user data", "free pages");

  private DumpLevel() {}

  /** The kinds of pages that a level leaves out. */
  public static List<String> kinds(int level) {
    List<String> kinds = new ArrayList<>();
    for (int bit = 0; bit < KINDS.size(); bit++) {
      if ((level >> bit & 1) != 0) {
        kinds.add(KINDS.get(bit));
      }
    }
    return kinds;
  }
}
