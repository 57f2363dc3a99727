package org.vmcore.gdbstub.symbols.offer;

import java.util.List;

/**
 * A library as debuggers are told of it.
 *
 * @param file the name of an offered file, or of one that was not found
 * @param bySegments what the addresses are: of each segment its own at run time; or of each loaded
 *     section what is to be added to its address in the file
 */
public record Library(String file, boolean bySegments, List<Long> addresses) {
  public Library {
    addresses = List.copyOf(addresses);
  }

  static Library ofSections(String file, List<Long> addresses) {
    return new Library(file, false, addresses);
  }

  static Library ofSegments(String file, List<Long> addresses) {
    return new Library(file, true, addresses);
  }
}
