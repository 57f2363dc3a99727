package org.vmcore.triage;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Crashes that are the same.
 *
 * @param entries by time, at least one
 * @param example the one that tells most
 */
record Group(String id, List<Entry> entries, Entry example) {
  /** Fewer crashes than this tell nothing of where they come from. */
  private static final int ENOUGH = 3;

  static Group of(String id, List<Entry> entries) {
    List<Entry> sorted =
        entries.stream()
            .sorted(
                Comparator.comparing((Entry entry) -> entry.text(Column.CRASHED))
                    .thenComparing(entry -> entry.text(Column.SOURCE)))
            .toList();
    Entry example =
        sorted.stream()
            .max(Comparator.comparingInt(Group::worth))
            .orElseThrow(() -> new IllegalArgumentException("an empty group"));
    return new Group(id, sorted, example);
  }

  private static int worth(Entry entry) {
    int worth = entry.text(Column.KIND).equals("dump") ? 4 : 0;
    worth += entry.get(Column.INCOMPLETE) == null ? 2 : 0;
    return worth + (entry.text(Column.CONFIDENCE).equals("high") ? 1 : 0);
  }

  int count() {
    return entries.size();
  }

  String title() {
    return example.text(Column.TITLE);
  }

  String failure() {
    return example.text(Column.CLASS);
  }

  Optional<Instant> first() {
    return time(entries.get(0));
  }

  Optional<Instant> last() {
    return time(entries.get(entries.size() - 1));
  }

  static Optional<Instant> time(Entry entry) {
    String text = entry.text(Column.CRASHED);
    return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
  }

  boolean isNew(Optional<Instant> since) {
    return since.isPresent() && first().isPresent() && !first().get().isBefore(since.get());
  }

  Map<String, Integer> counts(Column column) {
    return Groups.counts(entries, column);
  }

  /** How many hosts crashed at all. */
  static int hosts(List<Group> groups) {
    Set<String> hosts = new HashSet<>();
    groups.forEach(group -> hosts.addAll(group.counts(Column.HOST).keySet()));
    return hosts.size();
  }

  /**
   * What the spread over hosts and machines hints at; empty where it says nothing.
   *
   * @param all hosts that crashed at all: of one alone nothing can be said
   */
  Optional<String> hint(int all) {
    int hosts = counts(Column.HOST).size();
    int models = counts(Column.HARDWARE).size();
    if (count() < ENOUGH || hosts == 0 || all < ENOUGH) {
      return Optional.empty();
    }
    if (hosts == 1) {
      return Optional.of("one host alone: its hardware?");
    }
    if (models == 1 && hosts >= ENOUGH) {
      return Optional.of("one model alone: its firmware or a driver?");
    }
    return models > 1 ? Optional.of("several models: a bug of software") : Optional.empty();
  }
}
