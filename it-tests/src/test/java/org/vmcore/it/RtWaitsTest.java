package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.LabDump;

/**
 * Debian's kernel with PREEMPT_RT, where mutexes, rwsems, rwlocks and spinlocks are made of
 * rtmutexes and tasks sleep for all of them: against what the module {@code lab_waits} did there
 * and what {@code /proc} said. Its guest takes two minutes, and so it is run by hand ({@code
 * -Dvmcore.rt=true}).
 */
@Tag("slow")
class RtWaitsTest {
  private final LabDump lab = LabDump.WAITING_RT;
  private final LabWaits waits = new LabWaits(lab);

  RtWaitsTest() throws IOException {}

  @BeforeAll
  static void isAskedFor() {
    assumeTrue(Boolean.getBoolean("vmcore.rt"), "by hand: -Dvmcore.rt=true");
  }

  private void assertWaits(String name, String kind, String lock, String owner, String where) {
    JsonNode unused = waits.assertWaits(name, kind, lock + " [lab_waits]", owner, where);
  }

  @Test
  void mutexesAndSemaphoresAreCalledSo() {
    assertWaits("lab-ab", "mutex", "lab_b", "lab-ba", "lab_ab");
    assertWaits("lab-ba", "mutex", "lab_a", "lab-ab", "lab_ba");
    assertWaits("lab-mutex-rwsem", "rwsem", "lab_rwsem", "lab-rwsem-mutex", "lab_mutex_rwsem");
    assertWaits("lab-rwsem-mutex", "mutex", "lab_c", "lab-mutex-rwsem", "lab_rwsem_mutex");
    assertWaits("lab-writer", "rwsem", "lab_rwsem", "lab-rwsem-mutex", "lab_writer");
    assertWaits("lab-wants", "mutex", "lab_held", "lab-holder", "lab_wants");
    assertWaits("lab-rtmutex", "rt_mutex", "lab_rt", "lab-holder", "lab_rtmutex");
    assertWaits("lab-semaphore", "semaphore", "lab_semaphore", "", "lab_sem");
  }

  @Test
  void tasksSleepForSpinlocks() {
    assertWaits("lab-rt-ab", "rt_mutex", "lab_spin_b", "lab-rt-ba", "lab_rt_ab");
    assertWaits("lab-rt-ba", "rt_mutex", "lab_spin_a", "lab-rt-ab", "lab_rt_ba");
    assertWaits("lab-rt-reads", "rt_mutex", "lab_spin_a", "lab-rt-ab", "lab_rt_reads");
  }

  /** Who writes next waits for those who read, and others behind it. */
  @Test
  void whoWritesNextIsOnNoList() {
    assertWaits("lab-rt-writes", "rt_mutex", "lab_rwlock", "", "lab_rt_writes");
    assertWaits("lab-rt-next", "rwsem", "lab_shared", "", "lab_rt_next");
    assertWaits("lab-rt-behind", "rwsem", "lab_shared", "lab-rt-next", "lab_rt_behind");
  }

  @Test
  void circlesAreDeadlocks() {
    assertThat(waits.circles())
        .contains(
            Set.of("lab-ab", "lab-ba"),
            Set.of("lab-mutex-rwsem", "lab-rwsem-mutex"),
            Set.of("lab-rt-ab", "lab-rt-ba"));
  }

  /** Which /proc calls D, as it does who waits for a spinlock. */
  @Test
  void statesAreThoseOfProc() throws IOException {
    Map<String, String> states = new HashMap<>();
    for (JsonNode task : LabWaits.json("ps", lab.file()).at("/tasks")) {
      states.put(task.at("/comm").asText(), task.at("/state").asText());
    }
    List<MatchResult> listed =
        Pattern.compile("(?m)^\\d+ \\d+ D (lab-\\S+)$")
            .matcher(lab.text("ps.txt"))
            .results()
            .toList();
    assertThat(listed).hasSizeGreaterThan(15);
    for (MatchResult task : listed) {
      assertThat(states).containsEntry(task.group(1), "uninterruptible");
    }
  }

  /** Of whose stacks /proc leaves out the scheduler's functions, and debuggers nothing. */
  @Test
  void stacksOfSleepingTasksAreThoseOfProc() throws IOException {
    Map<String, List<String>> stacks = new HashMap<>();
    for (JsonNode task : LabWaits.json("foreach", lab.file(), "bt").at("/tasks")) {
      List<String> functions = new ArrayList<>();
      task.at("/answer/stacks/0/frames")
          .forEach(frame -> functions.add(frame.at("/function").asText()));
      stacks.put(task.at("/task/comm").asText(), functions);
    }
    int held = 0;
    for (String printed : lab.text("stacks.txt").split("(?m)^(?=\\d+ )", -1)) {
      List<String> functions =
          Pattern.compile("(?m)^\\[<0>] ([\\w.]+)\\+0x")
              .matcher(printed)
              .results()
              .map(frame -> frame.group(1))
              .toList();
      String name = printed.replaceFirst("(?s)^\\d* (\\S*)\n.*", "$1");
      if (!functions.isEmpty() && !name.equals("lab-queued")) {
        assertThat(stacks.get(name)).as(name).containsSubsequence(functions);
        held++;
      }
    }
    assertThat(held).isGreaterThan(20);
  }
}
