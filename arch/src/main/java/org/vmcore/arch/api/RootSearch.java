package org.vmcore.arch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Which of several candidates is the root of the kernel's page tables: the first whose tables map
 * the kernel where it ought to be. Where none does, the first that is unconfirmed for want of
 * tables alone: a dump that was cut short may have lost them.
 */
public final class RootSearch {
  private RootSearch() {}

  /** What a candidate's tables say of it. */
  public enum Verdict {
    MAPS_THE_KERNEL,
    /** It would be right, for all that the dump has of its tables. */
    TABLES_MISSING,
    WRONG
  }

  /**
   * @param confirmed whether its tables map the kernel
   */
  public record Choice<C>(C candidate, boolean confirmed) {}

  /**
   * @param candidates the most trustworthy first
   * @param wrong told of those that are not it
   */
  public static <C> Optional<Choice<C>> choose(
      List<C> candidates, Function<C, Verdict> judge, Consumer<C> wrong) {
    List<C> lost = new ArrayList<>();
    for (C candidate : candidates) {
      switch (judge.apply(candidate)) {
        case MAPS_THE_KERNEL -> {
          return Optional.of(new Choice<>(candidate, true));
        }
        case TABLES_MISSING -> lost.add(candidate);
        case WRONG -> wrong.accept(candidate);
      }
    }
    return lost.stream().findFirst().map(first -> new Choice<>(first, false));
  }

  /**
   * @param maps whether a candidate's tables map the kernel
   * @param isLost whether it is unconfirmed only for want of tables
   */
  public static <C> Optional<Choice<C>> firstThatMaps(
      List<C> candidates, Predicate<C> maps, Predicate<C> isLost) {
    Function<C, Verdict> judge =
        candidate ->
            maps.test(candidate)
                ? Verdict.MAPS_THE_KERNEL
                : isLost.test(candidate) ? Verdict.TABLES_MISSING : Verdict.WRONG;
    return choose(candidates, judge, wrong -> {});
  }

  /** Why there is none, of candidates from these sources. */
  public static String notMappedBy(List<String> sources) {
    return "the kernel is not mapped by " + sources.stream().distinct().toList();
  }

  /**
   * What a user is told who has to help.
   *
   * @param why there is no root
   * @param give options that would tell it
   */
  public static MissingFactException missing(String why, String give) {
    return new MissingFactException(
        "cannot find the kernel's page tables: %s; give %s".formatted(why, give));
  }
}
