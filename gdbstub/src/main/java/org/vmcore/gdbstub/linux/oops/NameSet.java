package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names of functions, some told by their beginning, or their beginning and end. */
final class NameSet {
  private final Set<String> names = new HashSet<>();
  private final List<String[]> patterns = new ArrayList<>();

  private NameSet() {}

  /**
   * @param text names between blanks; a star in one stands for any letters; what follows a hash in
   *     a line says why
   */
  static NameSet of(String text) {
    NameSet set = new NameSet();
    text.lines()
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .flatMap(line -> List.of(line.split("\\s+")).stream())
        .forEach(
            name -> {
              int star = name.indexOf('*');
              if (star < 0) {
                set.names.add(name);
              } else {
                set.patterns.add(new String[] {name.substring(0, star), name.substring(star + 1)});
              }
            });
    return set;
  }

  boolean contains(String name) {
    if (names.contains(name)) {
      return true;
    }
    for (String[] pattern : patterns) {
      if (name.length() >= pattern[0].length() + pattern[1].length()
          && name.startsWith(pattern[0])
          && name.endsWith(pattern[1])) {
        return true;
      }
    }
    return false;
  }
}
