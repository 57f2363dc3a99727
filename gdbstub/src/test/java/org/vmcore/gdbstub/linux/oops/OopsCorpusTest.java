package org.vmcore.gdbstub.linux.oops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.oops.OopsCorpus.Sample;

/** Titles and classes against those that syzbot's engineers decided on. */
class OopsCorpusTest {
  private static List<Sample> titled() throws IOException {
    return OopsCorpus.samples().stream().filter(sample -> !sample.titles().isEmpty()).toList();
  }

  /** As {@code analyze} reads it. */
  private static Optional<Oops> read(Sample sample) {
    return OopsReader.first(OopsReader.read(ConsoleLog.lines(sample.log())));
  }

  /** How many percent are right; what is not is printed. */
  private static double percent(List<Sample> samples, String what, Predicate<Sample> isRight) {
    List<String> misses = new ArrayList<>();
    for (Sample sample : samples) {
      if (!isRight.test(sample)) {
        misses.add(
            "%s %s: %s, found %s"
                .formatted(
                    sample.file(),
                    what,
                    sample.titles().stream().findFirst().orElse("none"),
                    read(sample).map(Oops::title).orElse("none")));
      }
    }
    misses.forEach(System.out::println);
    return 100.0 * (samples.size() - misses.size()) / samples.size();
  }

  @Test
  void titlesAreThoseThatEngineersGave() throws IOException {
    double right =
        percent(
            titled(),
            "title",
            sample -> read(sample).filter(o -> sample.titles().contains(o.title())).isPresent());
    assertThat(right).isGreaterThan(90);
  }

  @Test
  void classesAreThoseThatEngineersGave() throws IOException {
    double right =
        percent(
            titled().stream().filter(sample -> sample.type().isPresent()).toList(),
            "type",
            sample -> read(sample).flatMap(Oops::type).equals(sample.type()));
    assertThat(right).isGreaterThan(95);
  }

  @Test
  void damagedReportsAreToldAsSuch() throws IOException {
    List<Sample> damaged = titled().stream().filter(Sample::damaged).toList();
    List<Sample> whole = titled().stream().filter(sample -> !sample.damaged()).toList();
    Predicate<Sample> isTold = sample -> read(sample).filter(Oops::damaged).isPresent();
    assertThat(percent(damaged, "damaged", isTold)).isGreaterThan(85);
    assertThat(percent(whole, "whole", isTold.negate())).isGreaterThan(97);
  }

  @Test
  void logsWithoutAFailureHaveNoTitle() throws IOException {
    List<Sample> harmless =
        OopsCorpus.samples().stream().filter(sample -> sample.titles().isEmpty()).toList();
    assertThat(percent(harmless, "harmless", sample -> read(sample).isEmpty())).isEqualTo(100);
  }
}
