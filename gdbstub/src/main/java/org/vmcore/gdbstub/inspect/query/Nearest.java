package org.vmcore.gdbstub.inspect.query;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Which of some names somebody meant who mistyped one. */
public final class Nearest {
  private Nearest() {}

  /** The nearest of them, if it is near at all. */
  public static Optional<String> of(String word, Collection<String> names) {
    return names.stream()
        .filter(name -> isNear(name, word))
        .min(Comparator.<String>comparingInt(name -> distance(name, word)).thenComparing(n -> n));
  }

  /** One slip in a short name and two in a longer one, or a name that was begun. */
  static boolean isNear(String name, String word) {
    boolean begun = word.length() > 1 && name.startsWith(word);
    return begun || distance(name, word) <= (Math.min(name.length(), word.length()) + 1) / 3;
  }

  /**
   * How many letters have to be put in, left out, changed, or swapped with the next to make one of
   * the other: Damerau's and Levenshtein's distance, for swaps of neighbours.
   */
  static int distance(String one, String other) {
    int[][] cost = new int[one.length() + 1][other.length() + 1];
    Arrays.setAll(cost[0], j -> j);
    for (int i = 1; i <= one.length(); i++) {
      cost[i][0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int changed = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        cost[i][j] =
            Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + changed);
        boolean swapped =
            i > 1
                && j > 1
                && one.charAt(i - 1) == other.charAt(j - 2)
                && one.charAt(i - 2) == other.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[one.length()][other.length()];
  }
}
