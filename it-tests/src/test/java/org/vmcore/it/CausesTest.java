package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabCauses;

/**
 * The verdict on kernels that went down for a known reason: for a few reasons, on the kernel of
 * this Debian. With {@code -Dvmcore.causes=ours,trixie,sid,arm64,s390x} for all reasons and on
 * those kernels, whose dumps take a quarter of an hour each to make. A hard lockup is none of the
 * reasons: Debian's kernels find it by the performance counters' interrupt
 * (CONFIG_HARDLOCKUP_DETECTOR_PERF), which an emulated processor does not have.
 */
@Tag("slow")
class CausesTest {
  private static final String WANTED = System.getProperty("vmcore.causes", "");

  /** Of different kinds, and soon over. */
  private static final List<Cause> FEW =
      List.of(Cause.NULL_MEMBER, Cause.USE_AFTER_FREE, Cause.BUG, Cause.HUNG_AB);

  private static final Map<LabCauses, Map<Cause, JsonNode>> VERDICTS =
      new EnumMap<>(LabCauses.class);

  private static List<Cause> causes(LabCauses kernel) {
    List<Cause> all = WANTED.isEmpty() ? FEW : Arrays.asList(Cause.values());
    return all.stream().filter(cause -> cause.isToldBy(kernel)).toList();
  }

  static Stream<LabCauses> kernels() {
    return WANTED.isEmpty()
        ? Stream.of(LabCauses.OURS)
        : Stream.of(WANTED.split(",", -1))
            .map(name -> LabCauses.valueOf(name.toUpperCase(Locale.ROOT)));
  }

  private static Map<Cause, JsonNode> verdicts(LabCauses kernel) {
    Map<Cause, JsonNode> known = VERDICTS.get(kernel);
    if (known == null) {
      kernel.make(causes(kernel).stream().map(Cause::word).toList());
      known = new EnumMap<>(Cause.class);
      known.putAll(
          causes(kernel).parallelStream()
              .filter(cause -> kernel.dump(cause.word()).isPresent())
              .collect(
                  Collectors.toMap(
                      cause -> cause, cause -> verdict(kernel.dump(cause.word()).orElseThrow()))));
      assumeTrue(!known.isEmpty(), "no dumps of " + kernel + " (-Dvmcore.lab=make makes them)");
      VERDICTS.put(kernel, known);
    }
    return known;
  }

  private static JsonNode verdict(Path dump) {
    Command.Result result = Program.run("analyze", dump, "--json");
    assertThat(result.exit()).as(dump + ": " + result).isZero();
    try {
      return new ObjectMapper().readTree(result.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void verdictIsWhatWasDone(LabCauses kernel) {
    Map<Cause, JsonNode> verdicts = verdicts(kernel);
    SoftAssertions all = new SoftAssertions();
    verdicts.forEach(
        (cause, verdict) -> {
          String name = kernel + " " + cause;
          all.assertThat(verdict.at("/failure").asText())
              .as(name)
              .isEqualTo(cause.failure(kernel).toLowerCase(Locale.ROOT));
          all.assertThat(verdict.at("/title").asText()).as(name).isEqualTo(cause.title(kernel));
          if (!cause.function().isEmpty()) {
            all.assertThat(verdict.at("/culprit/function").asText())
                .as(name)
                .isEqualTo(cause.function());
            all.assertThat(verdict.at("/culprit/module").asText()).as(name).isEqualTo("lab_causes");
          }
          all.assertThat(verdict.at("/fault/member").asText())
              .as(name)
              .isEqualTo(cause.member(kernel));
          all.assertThat(verdict.at("/fault/meaning").asText()).as(name).contains(cause.meaning());
          all.assertThat(verdict.at("/culprit/source").asText()).as(name).endsWith(cause.source());
          for (String wait : cause.waits()) {
            all.assertThat(named(verdict.at("/statements").toString(), kernel))
                .as(name)
                .contains(named(wait, kernel));
          }
        });
    all.assertAll();
  }

  /** Data of modules have no names on kernels without CONFIG_KALLSYMS_ALL, as these are. */
  private static String named(String waits, LabCauses kernel) {
    return kernel.isForeign()
        ? waits.replaceAll("(?:lab_\\w+|module\\+\\d+) \\[lab_causes\\]", "DATA [lab_causes]")
        : waits;
  }

  /**
   * Pairs of dumps: those of one cause on two kernels should have one signature, and no others. It
   * is that of the functions, without those that one compiler makes part of their callers and
   * another does not.
   */
  @Test
  void signaturesAreThoseOfCauses() {
    record Signed(LabCauses kernel, Cause cause, String id) {}
    List<Signed> signed = new ArrayList<>();
    for (LabCauses kernel : kernels().toList()) {
      verdicts(kernel)
          .forEach(
              (cause, verdict) -> {
                String id = verdict.at("/signature/functions_id").asText();
                if (!id.isEmpty()) {
                  signed.add(new Signed(kernel, cause, id));
                }
              });
    }
    assumeTrue(signed.size() > 1);
    signed.stream()
        .collect(Collectors.groupingBy(Signed::cause, TreeMap::new, Collectors.toList()))
        .forEach((cause, all) -> System.out.println("signatures of " + cause + ": " + all));
    int same = 0;
    int found = 0;
    int wrong = 0;
    for (int i = 0; i < signed.size(); i++) {
      for (int j = 0; j < i; j++) {
        boolean isSame = signed.get(i).cause() == signed.get(j).cause();
        boolean isFound = signed.get(i).id().equals(signed.get(j).id());
        same += isSame ? 1 : 0;
        found += isSame && isFound ? 1 : 0;
        wrong += !isSame && isFound ? 1 : 0;
        if (isSame != isFound) {
          System.out.printf("signatures: %s and %s%n", signed.get(i), signed.get(j));
        }
      }
    }
    System.out.printf(
        "signatures: %d dumps; of %d pairs of one cause %d have one signature (recall %.2f); of %d"
            + " pairs with one signature %d are of one cause (precision %.2f)%n",
        signed.size(),
        same,
        found,
        same == 0 ? 1 : (double) found / same,
        found + wrong,
        found,
        found + wrong == 0 ? 1 : (double) found / (found + wrong));
    assertThat(wrong).isZero();
    assertThat(found).isGreaterThanOrEqualTo(same * 9 / 10);
  }
}
