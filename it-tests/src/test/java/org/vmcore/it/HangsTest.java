package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabCauses;
import org.vmcore.testing.LabDump;

/**
 * What hangs, in the guest whose module {@code lab/waits/lab_waits.c} makes it so; and in those
 * that {@code lab/causes/lab_causes.c} has stalled, where they are there, against what the kernel
 * said as it died.
 */
@Tag("slow")
class HangsTest {
  /** {@code rcu: 1-....: (587 ticks this GP) ...}, and {@code (t=751 jiffies g=-611 ...)}. */
  private static final Pattern STALLED = Pattern.compile("rcu: +\\t?(\\d+)-\\S+: \\(");

  private static final Pattern PERIOD = Pattern.compile("g=(-?\\d+) ");

  private static final Pattern BLOCKED =
      Pattern.compile("INFO: task \\S+:(\\d+) blocked for more than");

  private static final Pattern OWNED =
      Pattern.compile(
          "INFO: task \\S+:(\\d+) is blocked on an? (\\S+),? likely .*owned by task \\S+?:(\\d+)");

  private static JsonNode ask(String command, Path dump) throws IOException {
    Command.Result result = Program.run(command, dump, "--json");
    assertThat(result.exit()).as(result.toString()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  private static JsonNode waiting(String command) throws IOException {
    return ask(command, LabDump.WAITING.file());
  }

  private static Path dump(LabCauses kernel, String cause) {
    Optional<Path> dump = kernel.dump(cause);
    assumeTrue(
        dump.isPresent(), "no dump of %s on %s (CausesTest makes it)".formatted(cause, kernel));
    return dump.orElseThrow();
  }

  private static List<JsonNode> all(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    array.forEach(all::add);
    return all;
  }

  private static JsonNode only(JsonNode array, String pointer, String value) {
    List<JsonNode> found =
        all(array).stream().filter(one -> one.at(pointer).asText().equals(value)).toList();
    assertThat(found).as("%s of %s", value, array).hasSize(1);
    return found.get(0);
  }

  @Test
  void worksAreToldWithWhoAwaitsThem() throws IOException {
    List<JsonNode> running = new ArrayList<>();
    List<JsonNode> pending = new ArrayList<>();
    JsonNode answer = waiting("hangs");
    for (JsonNode pool : answer.at("/pools")) {
      running.addAll(all(pool.at("/running")));
      pending.addAll(all(pool.at("/pending")));
    }
    JsonNode flushed =
        running.stream()
            .filter(one -> one.at("/function").asText().startsWith("lab_work_function"))
            .findFirst()
            .orElseThrow();
    assertThat(flushed.at("/queue").asText()).isEqualTo("lab_wq");
    assertThat(flushed.at("/flushers/0/comm").asText()).isEqualTo("lab-flusher");
    assertThat(flushed.at("/milliseconds").asLong()).isBetween(2000L, 600_000L);
    JsonNode behind =
        pending.stream()
            .filter(one -> one.at("/function").asText().startsWith("lab_behind_function"))
            .findFirst()
            .orElseThrow();
    assertThat(behind.at("/queue").asText()).isEqualTo("lab_wq_one");
    assertThat(behind.at("/held_back").asBoolean()).isTrue();
    JsonNode flush = only(answer.at("/flushes"), "/queue", "lab_wq_one");
    assertThat(flush.at("/tasks/0/comm").asText()).isEqualTo("lab-flush-all");
  }

  @Test
  void aDiskThatDoesNotAnswerIsToldWithWhoWaits() throws IOException {
    Set<String> found = new HashSet<>();
    for (JsonNode one : waiting("hangs").at("/requests")) {
      assertThat(one.at("/disk").asText()).isEqualTo("labdisk");
      assertThat(one.at("/bytes").asLong()).isEqualTo(4096);
      assertThat(one.at("/milliseconds").asLong()).isBetween(2000L, 600_000L);
      found.add(
          "%s at %d by %s"
              .formatted(
                  one.at("/operation").asText(),
                  one.at("/sector").asLong(),
                  one.at("/tasks/0/comm").asText()));
    }
    assertThat(found)
        .containsExactlyInAnyOrder(
            "read at 8 by lab-buffer", "read at 16 by lab-page", "write at 24 by lab-write");
  }

  @Test
  void aCpuWithoutInterruptsIsToldWithWhatItDidNotAnswer() throws IOException {
    JsonNode answer = waiting("hangs");
    JsonNode cpu = only(answer.at("/cpus"), "/cpu", "1");
    assertThat(cpu.at("/interrupts").isBoolean()).isTrue();
    assertThat(cpu.at("/interrupts").asBoolean()).isFalse();
    assertThat(cpu.at("/tick_milliseconds").asLong()).isGreaterThan(1000);
    assertThat(cpu.at("/function").asText()).endsWith("queued_spin_lock_slowpath");
    JsonNode call = only(answer.at("/calls"), "/function", "lab_never_called [lab_waits]");
    assertThat(call.at("/cpu").asInt()).isEqualTo(1);
    assertThat(call.at("/from").asInt()).isZero();
    assertThat(call.at("/kind").asText()).isEqualTo("call");
    assertThat(all(answer.at("/timers")).stream().map(one -> one.at("/cpu").asInt())).contains(1);
  }

  /** The CPU that had it was not in the function any more that took it. */
  @Test
  void aSpinlockIsToldWithoutAnOwnerWhereNobodyKnows() throws IOException {
    JsonNode lock = only(waiting("locks").at("/spinlocks"), "/what", "lab_spin [lab_waits]");
    assertThat(lock.at("/spinning/0/cpu").asInt()).isEqualTo(1);
    assertThat(lock.at("/spinning/0/where").asText()).isEqualTo("lab_spins [lab_waits]");
    assertThat(lock.has("owner")).isFalse();
  }

  @Test
  void locksHaveTheirOwnersAndWaiters() throws IOException {
    JsonNode locks = waiting("locks").at("/locks");
    JsonNode lock = only(locks, "/what", "lab_rwsem [lab_waits]");
    assertThat(lock.at("/kind").asText()).isEqualTo("rwsem");
    assertThat(lock.at("/owner/comm").asText()).isEqualTo("lab-rwsem-mutex");
    assertThat(all(lock.at("/waiters")).stream().map(one -> one.at("/comm").asText()))
        .containsExactly("lab-mutex-rwsem", "lab-writer");
    List<Long> longest =
        all(locks).stream().map(one -> one.at("/waiters/0/milliseconds").asLong()).toList();
    assertThat(longest).isSortedAccordingTo((a, b) -> Long.compare(b, a));
  }

  @ParameterizedTest
  @EnumSource(names = {"OURS", "TRIXIE", "SID"})
  void rcuWaitsForTheCpuThatTheKernelNames(LabCauses kernel) throws IOException {
    Path dump = dump(kernel, "rcu_stall");
    String log = Files.readString(dump.resolveSibling("dmesg.txt"));
    Matcher cpu = STALLED.matcher(log);
    Matcher period = PERIOD.matcher(log);
    assertThat(cpu.find() && period.find()).as(log).isTrue();
    JsonNode found = ask("hangs", dump).at("/rcu/0");
    assertThat(found.at("/sequence").asText()).isEqualTo(period.group(1));
    assertThat(found.at("/milliseconds").asLong()).isBetween(2900L, 60_000L);
    assertThat(all(found.at("/cpus")).stream().map(one -> one.at("/cpu").asText()))
        .containsExactly(cpu.group(1));
    assertThat(found.at("/cpus/0/function").asText()).isEqualTo("lab_rcu_stall [lab_causes]");
  }

  /** Of what the kernel found blocked; since 6.16 it names the lock's likely owner, too. */
  @ParameterizedTest
  @EnumSource(names = {"OURS", "TRIXIE", "SID"})
  void whatTheKernelFoundBlockedWaitsForTheOneItNames(LabCauses kernel) throws IOException {
    int checked = 0;
    for (String cause : List.of("hung_ab", "hung_rwsem", "hung_holder", "hung_flush")) {
      Optional<Path> dump = kernel.dump(cause);
      if (dump.isPresent()) {
        String log = Files.readString(dump.get().resolveSibling("dmesg.txt"));
        JsonNode waits = ask("waits", dump.get()).at("/waits");
        for (MatchResult task : BLOCKED.matcher(log).results().toList()) {
          only(waits, "/pid", task.group(1));
          checked++;
        }
        for (MatchResult task : OWNED.matcher(log).results().toList()) {
          JsonNode one = only(waits, "/pid", task.group(1));
          assertThat(one.at("/kind").asText()).isEqualTo(task.group(2));
          assertThat(one.at("/owner/pid").asText()).isEqualTo(task.group(3));
        }
      }
    }
    assumeTrue(checked > 0, "no dumps of hung tasks on " + kernel + " (CausesTest makes them)");
  }

  @ParameterizedTest
  @EnumSource(names = {"OURS", "TRIXIE", "SID"})
  void twoSpinlocksTakenInTwoOrdersAreADeadlock(LabCauses kernel) throws IOException {
    Path dump = dump(kernel, "spin_ab");
    JsonNode answer = ask("locks", dump);
    JsonNode a = only(answer.at("/spinlocks"), "/what", "lab_spin_a [lab_causes]");
    assertThat(a.at("/spinning/0/task/comm").asText()).isEqualTo("lab-spin-ba");
    assertThat(a.at("/owner/task/comm").asText()).isEqualTo("lab-spin_ab");
    JsonNode b = only(answer.at("/spinlocks"), "/what", "lab_spin_b [lab_causes]");
    assertThat(b.at("/spinning/0/task/comm").asText()).isEqualTo("lab-spin_ab");
    assertThat(b.at("/owner/task/comm").asText()).isEqualTo("lab-spin-ba");
    assertThat(answer.at("/spin_deadlocks/0/cpus").toString()).isEqualTo("[0,1]");
    assertThat(ask("analyze", dump).at("/statements").toString())
        .contains("deadlock of spinlocks: each of CPU 0, CPU 1 waits for the next");
  }
}
