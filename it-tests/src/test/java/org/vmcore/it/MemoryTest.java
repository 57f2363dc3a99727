package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabCauses;
import org.vmcore.testing.LabDump;

/**
 * Who had the memory, against what the kernel counted as it ran out of it, where such dumps are
 * there: its own table (mm/show_mem.c), in pages, in the log.
 */
@Tag("slow")
class MemoryTest {
  /** CPUs add to the counters late: by as much as each keeps for itself. */
  private static final Offset<Long> LATE = Offset.offset(200L);

  private static JsonNode memory(Path dump) throws IOException {
    Command.Result result = Program.run("memory", dump, "--json");
    assertThat(result.exit()).as(result.toString()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  private static Map<String, Long> parts(JsonNode answer) {
    Map<String, Long> parts = new HashMap<>();
    answer
        .at("/parts")
        .forEach(part -> parts.put(part.at("/use").asText(), part.at("/pages").asLong()));
    return parts;
  }

  private static long number(String log, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(log);
    assertThat(found.find()).as(pattern).isTrue();
    return Long.parseLong(found.group(1));
  }

  private static void assertAddsUp(JsonNode answer) {
    long sum = parts(answer).values().stream().mapToLong(pages -> pages).sum();
    long rest = answer.at("/unaccounted_pages").asLong();
    assertThat(sum + rest).isEqualTo(answer.at("/total_pages").asLong());
    // No more than a few in a hundred are of nobody.
    assertThat(rest).isBetween(0L, answer.at("/total_pages").asLong() / 20);
  }

  @ParameterizedTest
  @EnumSource(names = {"OURS", "TRIXIE", "SID"})
  void isWhatTheKernelCountedAsItRanOutOfIt(LabCauses kernel) throws IOException {
    Optional<Path> dump = kernel.dump("oom");
    assumeTrue(dump.isPresent(), "no dump of oom on " + kernel + " (CausesTest makes it)");
    String log = Files.readString(dump.orElseThrow().resolveSibling("dmesg.txt"));
    JsonNode answer = memory(dump.orElseThrow());
    Map<String, Long> parts = parts(answer);

    assertThat(answer.at("/total_pages").asLong() + answer.at("/reserved_pages").asLong())
        .isEqualTo(number(log, "(\\d+) pages RAM"));
    assertThat(answer.at("/reserved_pages").asLong())
        .isEqualTo(number(log, "(\\d+) pages reserved"));
    assertPages(parts, "free", number(log, " free:(\\d+) free_pcp"));
    assertPages(parts, "slab_reclaimable", number(log, "slab_reclaimable:(\\d+)"));
    assertPages(parts, "slab_unreclaimable", number(log, "slab_unreclaimable:(\\d+)"));
    assertPages(parts, "page_tables", number(log, " pagetables:(\\d+)[\\s]"));
    assertPages(parts, "shared", number(log, "shmem:(\\d+)"));
    assertPages(parts, "kernel_stacks", number(log, "kernel_stack:(\\d+)kB") / 4);
    long shared = Objects.requireNonNull(parts.get("shared"));
    assertPages(
        parts,
        "anonymous",
        number(log, "active_anon:(\\d+)") + number(log, "inactive_anon:(\\d+)") - shared);
    assertAddsUp(answer);
    // Who took it all, by the kernel's table of tasks: pid, uid, tgid, total_vm, rss.
    long resident = number(log, "\\[ +\\d+] +\\d+ +\\d+ +\\d+ +(\\d+) .* tail");
    assertThat(answer.at("/processes/0/comm").asText()).isEqualTo("tail");
    assertThat(answer.at("/processes/0/resident_pages").asLong()).isCloseTo(resident, LATE);
  }

  private static void assertPages(Map<String, Long> parts, String use, long pages) {
    assertThat(parts.getOrDefault(use, 0L)).as(use).isCloseTo(pages, LATE);
  }

  @ParameterizedTest
  @EnumSource(names = {"OURS", "BULLSEYE", "TRIXIE", "SID"})
  void addsUp(LabDump lab) throws IOException {
    JsonNode answer = memory(lab.file());

    assertAddsUp(answer);
    // The guest has written down what it knew there.
    assertThat(answer.at("/files").findValuesAsText("path")).contains("/out/kallsyms.txt");
  }

  /** What the guest's shell was in, and the file it swapped to. */
  @Test
  void groupsAndSwapAreTold() throws IOException {
    JsonNode answer = memory(LabDump.ASKED.file());

    assertThat(answer.at("/swap_pages").asLong()).isEqualTo(2047);
    assertThat(answer.at("/files").findValuesAsText("path")).contains("/lab/swap");
  }
}
