package org.vmcore.triage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vmcore.gdbstub.inspect.analyze.Analysis;
import org.vmcore.gdbstub.linux.oops.FailureClass;
import org.vmcore.gdbstub.linux.oops.Signature;

/**
 * Which crashes are the same. A title that names a function says enough, also of a dump so damaged
 * that no stack is left; one that does not ("Attempted to kill init!") is the same only for the
 * same functions on the stack.
 */
final class Groups {
  /** What a title says all of, though it names no function. */
  private static final Set<FailureClass> SAID_ALL =
      EnumSet.of(FailureClass.SYSRQ, FailureClass.NO_ROOT);

  private Groups() {}

  /** The group of a verdict. */
  static String id(Analysis analysis) {
    Signature signature = analysis.signature();
    boolean named =
        analysis
            .culprit()
            .filter(culprit -> analysis.title().contains(culprit.function()))
            .isPresent();
    boolean said = SAID_ALL.contains(analysis.failure());
    return named || said || signature.functionsId().isEmpty()
        ? signature.titleId()
        : signature.titleId() + "-" + signature.functionsId().get();
  }

  /**
   * Crashes by group, the largest group first. A log beside a dump of the same group is of that
   * crash, which is counted once.
   */
  static List<Group> of(List<Entry> entries) {
    Set<String> dumps = new HashSet<>();
    for (Entry entry : entries) {
      if (entry.text(Column.KIND).equals("dump")) {
        dumps.add(place(entry));
      }
    }
    Map<String, List<Entry>> byId = new TreeMap<>();
    for (Entry entry : entries) {
      boolean again = entry.text(Column.KIND).equals("log") && dumps.contains(place(entry));
      if (entry.is(Entry.CRASH) && !again) {
        byId.computeIfAbsent(entry.text(Column.GROUP_ID), id -> new ArrayList<>()).add(entry);
      }
    }
    return byId.entrySet().stream()
        .map(group -> Group.of(group.getKey(), group.getValue()))
        .sorted(Comparator.comparingInt((Group group) -> -group.count()).thenComparing(Group::id))
        .toList();
  }

  private static String place(Entry entry) {
    return entry.text(Column.SOURCE).replaceFirst("[^/]*$", "")
        + '\n'
        + entry.text(Column.GROUP_ID);
  }

  /** How often each value of a column occurs, the most frequent first. */
  static Map<String, Integer> counts(List<Entry> entries, Column column) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Entry entry : entries) {
      String value = entry.text(column);
      if (!value.isEmpty()) {
        counts.merge(value, 1, Integer::sum);
      }
    }
    Map<String, Integer> sorted = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(count -> sorted.put(count.getKey(), count.getValue()));
    return sorted;
  }
}
