package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.LabDump;

/**
 * Who waits for whom, in a guest whose module {@code lab/waits/lab_waits.c} has made tasks that do,
 * against what the module did and the kernel's own words (sysrq-w).
 */
@Tag("slow")
class WaitsTest {
  /** {@code task:NAME state:D stack:... pid:PID ...}. */
  private static final Pattern BLOCKED =
      Pattern.compile("task:(\\S+) +state:D stack:.*? pid:\\s*(\\d+) ");

  private final LabDump lab = LabDump.WAITING;
  private final LabWaits waits = new LabWaits(lab);

  WaitsTest() throws IOException {}

  private void assertWaits(String name, String kind, String what, String owner, String where) {
    JsonNode one = waits.assertWaits(name, kind, what, owner, where);
    // The module was loaded three seconds before the crash, and some of them started late.
    assertThat(one.at("/milliseconds").asLong()).as(name).isBetween(2000L, 600_000L);
  }

  @Test
  void namesWhatTheTasksOfTheModuleWaitFor() {
    assertWaits("lab-ab", "mutex", "lab_b [lab_waits]", "lab-ba", "lab_ab");
    assertWaits("lab-ba", "mutex", "lab_a [lab_waits]", "lab-ab", "lab_ba");
    assertWaits(
        "lab-mutex-rwsem", "rwsem", "lab_rwsem [lab_waits]", "lab-rwsem-mutex", "lab_mutex_rwsem");
    assertWaits(
        "lab-rwsem-mutex", "mutex", "lab_c [lab_waits]", "lab-mutex-rwsem", "lab_rwsem_mutex");
    assertWaits("lab-writer", "rwsem", "lab_rwsem [lab_waits]", "lab-rwsem-mutex", "lab_writer");
    assertWaits("lab-wants", "mutex", "lab_held [lab_waits]", "lab-holder", "lab_wants");
    assertWaits("lab-rtmutex", "rt_mutex", "lab_rt [lab_waits]", "lab-holder", "lab_rtmutex");
    assertWaits("lab-semaphore", "semaphore", "lab_semaphore [lab_waits]", "", "lab_sem");
    assertWaits("lab-completion", "completion", "lab_completion [lab_waits]", "", "lab_complete");
    assertWaits("lab-event", "queue", "lab_queue [lab_waits]", "", "lab_event");
    JsonNode flusher = waits.named("lab-flusher");
    assertThat(flusher.at("/kind").asText()).isEqualTo("work");
    assertThat(flusher.at("/what").asText()).isEqualTo("lab_work_function");
    assertWaits(
        flusher.at("/owner/comm").asText(),
        "mutex",
        "lab_flush [lab_waits]",
        "lab-flusher",
        "lab_work_function");
  }

  /**
   * A page, a buffer and a bio of a disk that does not answer; a request that there is no tag for.
   */
  @Test
  void namesWhatTasksWaitForOfADisk() {
    assertThat(waits.named("lab-page").at("/kind").asText()).isEqualTo("page");
    assertThat(waits.named("lab-page").at("/what").asText()).startsWith("struct page of frame");
    assertThat(waits.named("lab-buffer").at("/kind").asText()).isEqualTo("bit");
    assertThat(waits.named("lab-buffer").at("/what").asText())
        .startsWith("slab object buffer_head")
        .contains("b_state");
    assertThat(waits.named("lab-write").at("/kind").asText()).isEqualTo("completion");
    assertThat(waits.named("lab-write").at("/where").asText()).isEqualTo("submit_bio_wait");
    assertThat(waits.named("lab-tag").at("/kind").asText()).isEqualTo("io");
    assertThat(waits.named("lab-tag").at("/where").asText()).isEqualTo("blk_mq_get_tag");
  }

  @Test
  void namesWhoWaitsForReadersAndQueues() {
    assertThat(waits.named("lab-grace").at("/kind").asText()).isEqualTo("rcu");
    assertThat(waits.named("lab-grace").at("/where").asText()).isEqualTo("lab_grace");
    assertThat(waits.named("lab-flush-all").at("/kind").asText()).isEqualTo("work");
    assertThat(waits.named("lab-flush-all").at("/where").asText()).isEqualTo("lab_flush_all");
  }

  @Test
  void circlesAreDeadlocks() {
    String worker = waits.named("lab-flusher").at("/owner/comm").asText();
    assertThat(waits.circles())
        .containsExactlyInAnyOrder(
            Set.of("lab-ab", "lab-ba"),
            Set.of("lab-mutex-rwsem", "lab-rwsem-mutex"),
            Set.of("lab-flusher", worker));
    String text = Program.run("waits", lab.file()).out();
    assertThat(text.lines().filter(line -> line.startsWith("DEADLOCK of 2 tasks"))).hasSize(3);
    assertThat(text).containsPattern("(?m)^PID \\d+ \\(lab-holder\\) has what 2 wait for:$");
  }

  /** And no others, but such as happened to be blocked when one was written or the other saved. */
  @Test
  void blockedTasksAreThoseOfTheKernelsOwnList() {
    Set<String> blocked = new HashSet<>();
    for (MatchResult task : BLOCKED.matcher(lab.text("dmesg.txt")).results().toList()) {
      if (task.group(1).startsWith("lab-")) {
        blocked.add(task.group(1));
      }
    }
    assertThat(blocked).hasSizeGreaterThan(10);
    Set<String> found = new HashSet<>();
    for (JsonNode one : waits.all()) {
      boolean blocks = one.at("/state").asText().equals("uninterruptible");
      if (blocks && one.at("/comm").asText().startsWith("lab-")) {
        found.add(one.at("/comm").asText());
      }
    }
    assertThat(found).isEqualTo(blocked);
  }
}
