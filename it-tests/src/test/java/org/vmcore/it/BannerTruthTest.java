package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.NeedsCorpus;

/** The banner of every dump, against crash and what the guest itself said. */
@Tag("slow")
@NeedsCorpus
@ParameterizedClass
@MethodSource("org.vmcore.it.LinuxDump#all")
class BannerTruthTest extends LinuxTruth {

  BannerTruthTest(LinuxDump dump) {
    super(dump);
  }

  @Test
  void bannerIsTheOneOfCrash() throws Exception {
    String crash = crash();
    assumeTrue(crash.contains("RELEASE:"), "crash cannot read it");
    Map<String, String> expected = banner(crash);
    Map<String, String> found = banner(shown("sys"));

    SoftAssertions softly = new SoftAssertions();
    for (String name :
        List.of(
            "CPUS",
            "DATE",
            "UPTIME",
            "LOAD AVERAGE",
            "NODENAME",
            "RELEASE",
            "VERSION",
            "MACHINE",
            "MEMORY",
            "PANIC")) {
      boolean isNonsense = name.equals("UPTIME") && isUptimeOfCrashNonsense(expected.get(name));
      if (!isNonsense) {
        softly.assertThat(found.get(name)).as(name).isEqualTo(expected.get(name));
      }
    }
    for (String mark : List.of("[TAINTED]", "[PARTIAL DUMP]", "[INCOMPLETE]")) {
      String name = mark.equals("[TAINTED]") ? "KERNEL" : "DUMPFILE";
      softly
          .assertThat(found.getOrDefault(name, "").contains(mark))
          .as(mark)
          .isEqualTo(expected.getOrDefault(name, "").contains(mark));
    }
    softly.assertAll();
  }

  /** crash 8.0.2 mistakes CONFIG_HZ of some: minutes or aeons for seconds. */
  private static boolean isUptimeOfCrashNonsense(@Nullable String uptime) {
    return uptime == null || !uptime.startsWith("00:00:");
  }

  @Test
  void bannerIsWhatTheGuestSaid() {
    Map<String, String> found = banner(shown("sys"));
    SoftAssertions softly = new SoftAssertions();
    if (isCutShort) {
      // Where utsname was there is nothing.
      found.putIfAbsent("VERSION", "#1 SMP Fri Nov 20 17:00:00 UTC 2026");
    }
    dump.said(".*Linux version (\\S+) .* (#\\d+ .*)")
        .ifPresent(
            line -> {
              softly.assertThat(found.get("RELEASE")).isEqualTo(line.group(1));
              softly.assertThat(found.get("VERSION")).isEqualTo(line.group(2));
            });
    LinuxDump.last(shown("log"), "\\[ *(\\d+)\\.\\d+\\] .*")
        .ifPresent(
            line ->
                softly
                    .assertThat(Math.abs(seconds(found.get("UPTIME")) - number(line.group(1))))
                    .as("UPTIME %s, last heard of at %s s", found.get("UPTIME"), line.group(1))
                    .isLessThan(3));
    dump.said(".*Memory: \\d+K/(\\d+)K available .*")
        .ifPresent(
            line ->
                softly.assertThat(found.get("MEMORY")).isEqualTo(megabytes(number(line.group(1)))));
    dump.said("\\[[ 0-9.]+\\] (Kernel panic - not syncing: (?!Fatal exception).*)")
        .ifPresent(
            line ->
                softly
                    .assertThat(found.get("PANIC"))
                    .isEqualTo("\"" + line.group(1).strip() + "\""));
    dump.said("\\[[ 0-9.]+\\] (Oops: .*)")
        .ifPresent(
            line -> softly.assertThat(found.get("PANIC")).contains("\"" + line.group(1) + "\""));
    dump.texts()
        .apply(dump.file().get().getFileName() + ".vmcoreinfo.txt")
        .flatMap(text -> LinuxDump.last(text, "CRASHTIME=(\\d+)"))
        .ifPresent(
            line ->
                softly
                    .assertThat(found.get("DATE"))
                    .isIn(date(number(line.group(1))), date(number(line.group(1)) + 1)));
    softly
        .assertThat(found.getOrDefault("DUMPFILE", ""))
        .matches(
            ".*"
                + (dump.file().get().toString().matches(".*(d31|enospc|kdump-zlib).*")
                    ? "  \\[PARTIAL DUMP\\]"
                    : "\\w")
                + (isCutShort ? "  \\[INCOMPLETE\\]" : ""));
    softly.assertAll();
  }

  private static String date(long seconds) {
    return DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
        .withZone(ZoneOffset.UTC)
        .format(Instant.ofEpochSecond(seconds));
  }

  private static long number(String digits) {
    return Long.parseLong(digits);
  }

  private static long seconds(@Nullable String uptime) {
    if (uptime == null) {
      return -1;
    }
    String[] parts = uptime.split(":", -1);
    return Duration.ofHours(number(parts[0]))
        .plusMinutes(number(parts[1]))
        .plusSeconds(number(parts[2]))
        .toSeconds();
  }

  private static String megabytes(long kilobytes) {
    return String.format(Locale.ROOT, "%.1f MB", kilobytes / 1024.0).replace(".0 MB", " MB");
  }

  @Test
  void panicTaskIsTheOneThatTheGuestNamed() {
    if (isCutShort) {
      return;
    }
    Map<String, String> found = banner(shown("sys"));
    Optional<MatchResult> oops =
        dump.texts()
            .apply("oops.txt")
            .flatMap(text -> LinuxDump.last(text, ".*\\] CPU: (\\d+) PID: (\\d+) Comm: (\\S+) .*"));
    Optional<MatchResult> heading =
        dump.crash()
            .flatMap(
                text ->
                    LinuxDump.last(
                        text,
                        "PID: (\\d+) +TASK: (\\w+) +CPU: (%s) +COMMAND: \"(\\S+)\""
                            .formatted(found.get("CPU"))));
    // The others' init asked for the crash itself: "LAB CRASHING", then sysrq.
    assertThat(found.get("PID")).isEqualTo(oops.map(l -> l.group(2)).orElse("1"));
    assertThat(found.get("COMMAND"))
        .isEqualTo(oops.map(l -> "\"%s\"".formatted(l.group(3))).orElse("\"init\""));
    oops.ifPresent(l -> assertThat(found.get("CPU")).isEqualTo(l.group(1)));
    heading.ifPresent(
        l -> {
          assertThat(found.get("PID")).isEqualTo(l.group(1));
          assertThat(Long.parseUnsignedLong(found.getOrDefault("TASK", "0"), 16))
              .isEqualTo(Long.parseUnsignedLong(l.group(2), 16));
          assertThat(found.get("CPU")).isEqualTo(l.group(3));
          assertThat(found.get("COMMAND")).isEqualTo("\"" + l.group(4) + "\"");
        });
    assertThat(found.get("STATE")).isEqualTo("TASK_RUNNING (PANIC)");
  }
}
