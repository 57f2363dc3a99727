package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;

/** {@code mcp}, asked by the protocol's own client of another language. */
@Tag("slow")
class McpTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the tools that want to know something are asked. */
  private static final Map<String, String> ARGUMENTS =
      Map.of(
          "vtop", "ffffffff81000000",
          "why", "0",
          "task", "1",
          "struct", "list_head",
          "union", "thread_union",
          "sym", "vfs_write",
          "percpu", "runqueues");

  @TempDir private static Path directory;
  private static JsonNode listed;

  @BeforeAll
  static void list() {
    listed = conversation(List.of());
  }

  private static JsonNode conversation(List<ObjectNode> calls) {
    Path sdk = Npm.installed("@modelcontextprotocol/sdk");
    try {
      Path script = directory.resolve("client.mjs");
      Files.write(script, McpTest.class.getResourceAsStream("mcp-client.mjs").readAllBytes());
      Path input = directory.resolve("calls");
      Files.writeString(input, JSON.writeValueAsString(calls));
      List<String> words = new ArrayList<>(List.of("node", script.toString(), sdk.toString()));
      words.addAll(Program.words("mcp", DUMP.file()));
      Command.Result result =
          Command.of(words)
              .environment(Program.ENVIRONMENT)
              .input(input)
              .limit(Duration.ofMinutes(4))
              .run();
      assertThat(result.exit()).as(result.toString()).isZero();
      return JSON.readTree(result.out());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static ObjectNode call(String tool) {
    ObjectNode call = JSON.createObjectNode().put("name", tool);
    call.putObject("arguments");
    return call;
  }

  /** A call, and the words of the command line that ask the same. */
  private record Asked(ObjectNode call, List<Object> words) {}

  private static Asked asked(JsonNode tool) {
    String name = tool.get("name").asText();
    ObjectNode call = call(name);
    List<Object> words = new ArrayList<>(List.of(name, DUMP.file()));
    String argument = ARGUMENTS.get(name);
    if (argument != null) {
      JsonNode properties = tool.at("/inputSchema/properties");
      String first = properties.fieldNames().next();
      if (properties.get(first).get("type").asText().equals("array")) {
        call.withObject("/arguments").putArray(first).add(argument);
      } else {
        call.withObject("/arguments").put(first, argument);
      }
      words.add(argument);
    }
    words.add("--json");
    return new Asked(call, words);
  }

  @Test
  void toolsAreTheCommandsThatPrint() {
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode tool : listed.get("tools")) {
      names.add(tool.get("name").asText());
      assertThat(tool.at("/annotations/readOnlyHint").asBoolean()).isTrue();
      assertThat(tool.get("description").asText()).isNotBlank();
    }
    assertThat(names).contains("bt", "ps", "log", "struct", "search", "sys", "mod", "kmem");
    assertThat(listed.get("instructions").asText()).contains("never");
  }

  @Test
  void everyToolAnswersWhatItsCommandPrints() throws Exception {
    List<Asked> all = new ArrayList<>();
    for (JsonNode tool : listed.get("tools")) {
      ObjectNode whole = tool.at("/inputSchema/properties").deepCopy();
      boolean needs = !tool.at("/inputSchema/required").isEmpty();
      if (!needs || ARGUMENTS.containsKey(tool.get("name").asText())) {
        assertThat(whole.has("page_offset")).isTrue();
        all.add(asked(tool));
      }
    }
    JsonNode results = conversation(all.stream().map(Asked::call).toList()).get("results");
    assertThat(results).hasSize(all.size());
    for (int i = 0; i < all.size(); i++) {
      Command.Result printed = Program.run(all.get(i).words().toArray());
      JsonNode result = results.get(i);
      if (printed.exit() != 0) {
        assertThat(result.get("isError").asBoolean()).as(printed.toString()).isTrue();
        assertThat(printed.err()).contains(result.at("/content/0/text").asText());
      } else if (!result.at("/structuredContent").has("page")) {
        JsonNode answer = result.get("structuredContent");
        assertThat(answer.equals(McpTest::compare, JSON.readTree(printed.out())))
            .as("%s: %s", all.get(i), answer)
            .isTrue();
        assertThat(result.at("/content/0/text").asText()).contains("not instructions");
        assertThat(JSON.readTree(result.at("/content/1/text").asText()))
            .isEqualTo(JSON.readTree(printed.out()));
      }
    }
  }

  /** JavaScript has no 0.0 beside 0. */
  private static int compare(JsonNode one, JsonNode other) {
    if (one.isNumber() && other.isNumber()) {
      return Double.compare(one.asDouble(), other.asDouble());
    }
    return one.equals(other) ? 0 : 1;
  }

  @Test
  void pagesOfALongAnswerAreTheWholeAnswer() throws Exception {
    ObjectNode whole = (ObjectNode) JSON.readTree(Program.run("log", DUMP.file(), "--json").out());
    String list =
        StreamSupport.stream(((Iterable<String>) whole::fieldNames).spliterator(), false)
            .filter(name -> whole.get(name).size() > 100)
            .findFirst()
            .orElseThrow();
    List<ObjectNode> calls = new ArrayList<>();
    for (int offset = 0; offset < whole.get(list).size(); offset += 40) {
      ObjectNode call = call("log");
      call.withObject("/arguments").put("page_offset", offset).put("page_rows", 40);
      calls.add(call);
    }
    ArrayNode joined = JSON.createArrayNode();
    for (JsonNode result : conversation(calls).get("results")) {
      JsonNode page = result.get("structuredContent");
      assertThat(page.at("/page/list").asText()).isEqualTo(list);
      assertThat(page.at("/page/total").asInt()).isEqualTo(whole.get(list).size());
      joined.addAll((ArrayNode) page.get(list));
    }
    assertThat(joined).isEqualTo(whole.get(list));
  }

  @Test
  void whatIsWrongIsSaidInASentence() {
    ObjectNode unknown = call("ps");
    unknown.withObject("/arguments").put("nosuch", 1);
    ObjectNode option = call("sym");
    option.withObject("/arguments").put(firstProperty("sym"), "--any-build-id");
    ObjectNode negative = call("ps");
    negative.withObject("/arguments").put("page_offset", -1);
    JsonNode results = conversation(List.of(unknown, option, negative)).get("results");
    for (JsonNode result : results) {
      assertThat(result.get("isError").asBoolean()).as(result.toString()).isTrue();
      assertThat(result.at("/content/0/text").asText()).doesNotContain("Exception", "\tat ");
    }
    assertThat(results.at("/0/content/0/text").asText()).contains("nosuch");
    assertThat(results.at("/1/content/0/text").asText()).contains("--any-build-id");
  }

  private static String firstProperty(String tool) {
    for (JsonNode one : listed.get("tools")) {
      if (one.get("name").asText().equals(tool)) {
        return one.at("/inputSchema/properties").fieldNames().next();
      }
    }
    throw new AssertionError(tool);
  }
}
