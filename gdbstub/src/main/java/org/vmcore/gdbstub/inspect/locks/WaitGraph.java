package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who waits for whom: each task for one other at most, so that each way ends or is a circle. */
final class WaitGraph {
  private final Map<Long, Waiting> byTask = new LinkedHashMap<>();

  /**
   * @param all longest waits first
   */
  WaitGraph(List<Waiting> all) {
    all.stream().sorted(LONGEST_FIRST).forEach(one -> byTask.put(one.task(), one));
  }

  /** Those whose time is not known come last. */
  static final Comparator<Waiting> LONGEST_FIRST =
      Comparator.comparingLong((Waiting one) -> -one.milliseconds().orElse(Long.MIN_VALUE + 1));

  /** Circles of tasks that wait for one another, each told once. */
  List<List<Waiting>> deadlocks() {
    List<List<Waiting>> circles = new ArrayList<>();
    Set<Long> done = new HashSet<>();
    for (Waiting start : byTask.values()) {
      List<Waiting> way = way(start);
      Waiting back = next(way.get(way.size() - 1));
      if (back != null && !done.contains(back.task())) {
        circles.add(List.copyOf(way.subList(way.indexOf(back), way.size())));
      }
      way.forEach(one -> done.add(one.task()));
    }
    return circles;
  }

  /** What the owner of what one waits for waits for itself; null where it does not. */
  private @Nullable Waiting next(Waiting one) {
    return one.owner().isEmpty() || one.owner().get().reader()
        ? null
        : byTask.get(one.owner().get().task());
  }

  /** Owners that wait for nobody, with all that wait for them, directly or not. */
  Map<Waiting.Owner, List<Waiting>> byRoot() {
    Map<Waiting.Owner, List<Waiting>> roots = new LinkedHashMap<>();
    for (Waiting one : byTask.values()) {
      List<Waiting> way = way(one);
      Waiting last = way.get(way.size() - 1);
      if (next(last) == null && last.owner().isPresent()) {
        roots.computeIfAbsent(last.owner().get(), owner -> new ArrayList<>()).add(one);
      } else if (next(last) == null && way.size() > 1) {
        // The last waits too, but for nobody: it sleeps, say.
        Waiting.Owner owner = way.get(way.size() - 2).owner().orElseThrow();
        roots.computeIfAbsent(owner, found -> new ArrayList<>()).add(one);
      }
    }
    return roots;
  }

  /** Those that wait for a circle of others and are not in it. */
  List<Waiting> behind(List<Waiting> circle) {
    return byTask.values().stream()
        .filter(one -> !circle.contains(one) && way(one).stream().anyMatch(circle::contains))
        .toList();
  }

  /** A task, the one it waits for, and so on, up to the last that waits; each once. */
  private List<Waiting> way(Waiting start) {
    Set<Long> seen = new HashSet<>();
    List<Waiting> way = new ArrayList<>();
    for (Waiting at = start; at != null && seen.add(at.task()); at = next(at)) {
      way.add(at);
    }
    return way;
  }

  /** How many there are between a task and the one that all of them wait for. */
  int depth(Waiting one) {
    List<Waiting> way = way(one);
    return way.size() - (way.get(way.size() - 1).owner().isPresent() ? 1 : 2);
  }

  List<Waiting> all() {
    return List.copyOf(byTask.values());
  }
}
