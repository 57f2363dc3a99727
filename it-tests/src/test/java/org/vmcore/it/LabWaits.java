package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabDump;

/** What {@code waits} tells of a guest in which {@code lab/waits/lab_waits.c} ran. */
final class LabWaits {
  private final JsonNode answer;
  private final Map<String, JsonNode> byName = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();

  LabWaits(LabDump lab) throws IOException {
    answer = json("waits", lab.file());
    for (JsonNode one : all()) {
      byName.put(one.at("/comm").asText(), one);
      names.put(one.at("/pid").asInt(), one.at("/comm").asText());
    }
  }

  /** The answer to a command line. */
  static JsonNode json(Object... words) throws IOException {
    List<Object> all = new ArrayList<>(List.of(words));
    all.add("--json");
    Command.Result result = Program.run(all.toArray());
    assertThat(result.exit()).as(result.toString()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  JsonNode all() {
    return answer.at("/waits");
  }

  /** The task of a name. */
  JsonNode named(String name) {
    return Objects.requireNonNull(byName.get(name), name);
  }

  /** Holds what a task waits for, and returns it. */
  JsonNode assertWaits(String name, String kind, String what, String owner, String where) {
    JsonNode one = named(name);
    assertThat(one.at("/kind").asText()).as(name).isEqualTo(kind);
    assertThat(one.at("/what").asText()).as(name).isEqualTo(what);
    assertThat(one.at("/owner/comm").asText()).as(name).isEqualTo(owner);
    assertThat(one.at("/where").asText()).as(name).isEqualTo(where);
    return one;
  }

  /** The names of the tasks of each deadlock. */
  List<Set<String>> circles() {
    List<Set<String>> circles = new ArrayList<>();
    for (JsonNode circle : answer.at("/deadlocks")) {
      Set<String> members = new HashSet<>();
      circle.at("/pids").forEach(pid -> members.add(names.get(pid.asInt())));
      circles.add(members);
    }
    return circles;
  }
}
