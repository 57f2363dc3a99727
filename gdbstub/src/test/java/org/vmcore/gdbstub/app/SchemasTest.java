package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.dump.MachineReport;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Words;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.RealDumps;
import org.vmcore.testing.Checkout;

/**
 * The schemas in docs/schema are those of the records, and what is written is of them. {@code
 * -Dvmcore.schema=write} writes them anew: a form that has changed is written when its version was
 * raised, and never over the same version.
 */
class SchemasTest {
  private static final Path SCHEMAS = Checkout.root().resolve("docs/schema");
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY).build();

  private static @Nullable CrashedMachine opened;

  /**
   * A document.
   *
   * @param text its schema
   */
  private record Document(String name, int version, String text) {
    Path file() {
      return SCHEMAS.resolve(name + ".json");
    }
  }

  private static Document document(String name, int version, String summary, Class<?> answer) {
    return new Document(name, version, JsonSchema.of(name, version, summary, answer, false));
  }

  private static List<Document> documents() {
    Stream<Document> others =
        Stream.of(
            document("report", ReportData.VERSION, "What happened", ReportData.class),
            document("gdb-batch", BatchReport.VERSION, "How a batch went", BatchReport.class),
            document(
                "addr2sym",
                AddressToSymbolCommand.VERSION,
                "What addresses are in",
                AddressToSymbolCommand.Answer.class));
    return Stream.concat(Queries.ofDumps().stream().map(SchemasTest::document), others).toList();
  }

  private static Document document(Query<?> query) {
    String name = Answering.name(query);
    String text =
        JsonSchema.of(
            name, query.version(), new Form(query).summary(), Answering.answerType(query), true);
    return new Document(name, query.version(), text);
  }

  @TestFactory
  Stream<DynamicTest> theFilesAreThoseOfTheRecords() {
    boolean write = "write".equals(System.getProperty("vmcore.schema"));
    return documents().stream()
        .map(document -> DynamicTest.dynamicTest(document.name(), () -> check(document, write)));
  }

  private static void check(Document document, boolean write) throws IOException {
    if (!Files.exists(document.file())) {
      if (write) {
        Files.createDirectories(SCHEMAS);
        Files.writeString(document.file(), document.text());
      }
      assertThat(document.file()).as("run with -Dvmcore.schema=write").exists();
    }
    String there = Files.readString(document.file());
    if (there.equals(document.text())) {
      return;
    }
    String id = MAPPER.readTree(there).at("/$id").asText();
    if (id.equals(MAPPER.readTree(document.text()).at("/$id").asText())) {
      fail(
          "%s: the answer's form has changed: raise its version, say so in CHANGELOG.md, and run"
              + " with -Dvmcore.schema=write",
          document.file());
    } else if (write) {
      Files.writeString(document.file(), document.text());
    } else {
      fail("%s is of another version: run with -Dvmcore.schema=write", document.file());
    }
  }

  @Test
  void thereIsNoFileOfWhatThereIsNot() throws IOException {
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      assertThat(files.map(SchemasTest::name))
          .containsExactlyInAnyOrderElementsOf(documents().stream().map(Document::name).toList());
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".json", "");
  }

  private static void assertValid(String text) throws IOException {
    JsonNode answer = MAPPER.readTree(text);
    String schema = Files.readString(SCHEMAS.resolve(answer.at("/query").asText() + ".json"));
    assertThat(
            JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(schema).validate(answer))
        .isEmpty();
  }

  /** One with each of the forms that its options ask for. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cpus",
        "vmcoreinfo",
        "vtop ffffffff97600000",
        "vtop 0",
        "why 0",
        "why ffffffff97600000",
        "whatis 0 ffffffff97600000 ffff922b80d8d210 ffff963980013dd8 ffff922b8b823058"
            + " ffffb94340000008",
        "whatis list_head",
        "waits",
        "waits -a",
        "locks",
        "hangs",
        "memory",
        "spaces",
        "sys",
        "log",
        "log -T",
        "dmesg --level warn+",
        "ps",
        "task 1",
        "task 2",
        "task cpu",
        "bt -a",
        "bt all",
        "vm 1",
        "vm 2",
        "struct task_struct",
        "struct task_struct.pid,comm",
        "struct task_struct -o init_task",
        "struct task_struct init_task",
        "struct task_struct.pid,comm init_task",
        "union acpi_object",
        "sym -q vfs_write",
        "sym linux_banner",
        "search -p -w badc0de0",
        "search -K -c OSRELEASE=6.1",
        "percpu cpu_number",
        "percpu runqueues 1",
        "mod",
        "mod -t",
        "files 1",
        "mount",
        "irq",
        "irq -s",
        "irq -a",
        "irq -b",
        "timer",
        "timer -r",
        "runq",
        "kmem",
        "kmem -s",
        "kmem -v",
        "kmem -z",
        "dev",
        "sys config",
        "sys -c",
        "sys -t",
        "ps -S",
        "ps -p 64",
        "ps -c 1",
        "ps -g 64",
        "ps -t 64",
        "ps -r 64",
        "ps -s",
        "bt -f 64",
        "bt -T 64",
        "bt -v",
        "foreach user bt",
        "foreach user vm",
        "foreach kernel ps",
        "task -R pid,comm 64",
        "sig 64",
        "sig -l",
        "vm -p 64",
        "vm -f 75",
        "vtop -c 64 100000000",
        "struct list_head -r ffffffff98412600",
        "struct rq.cpu runqueues:a",
        "sym -m crashme",
        "percpu runqueues.cpu",
        "files -c 1",
        "fuser /proc/crashme",
        "mount -f",
        "net",
        "net -s 1",
        "net -N 1",
        "swap",
        "irq -d",
        "irq 4",
        "timer -C 0",
        "runq -t",
        "kmem -V",
        "kmem -o",
        "kmem -h",
        "dev -p",
        "dev -i",
        "dev -d",
        "dev -V",
        "rd linux_banner 8",
        "rd -a linux_banner",
        "rd -s init_task 8",
        "list -H modules module.list -s module.name",
        "tree -t rbtree -s vmap_area.va_start -o vmap_area.rb_node vmap_area_root",
        "p init_task.comm",
        "p runqueues:0",
        "p 1+2",
        "eval 1+2",
        "ascii",
        "ascii 41",
        "btop 1000",
        "ptob 1",
        "ptov 1000",
        "pte 0",
        "pte 8000000000c8a163"
      })
  void answersOfARealDumpAreOfTheirSchemas(String line) throws Exception {
    List<String> words = Words.of(line);
    Query<?> query = Queries.named(words.get(0)).orElseThrow();
    Form.Wish unused = new Form(query).take(words.subList(1, words.size()));
    StringWriter json = new StringWriter();
    Answering.asJson(query, new Call(machine(), new Call.Listener() {}), json);
    assertValid(json.toString());
  }

  @Test
  void theReportOfARealDumpIsOfItsSchema() throws Exception {
    MachineReport info = MachineReport.of(machine(), new Notes());
    StringWriter json = new StringWriter();
    ReportData report = ReportData.of(CrashReport.of(machine()), info, "test");
    Json.document(json, "report", ReportData.VERSION, report);
    assertValid(json.toString());
  }

  /** One for all of them; what a query found out of it, the next need not. */
  private static CrashedMachine machine() throws Exception {
    CrashedMachine machine = opened;
    if (machine == null) {
      machine = RealDumps.typed();
      opened = machine;
    }
    return machine;
  }

  @AfterAll
  static void close() throws Exception {
    if (opened != null) {
      opened.close();
      opened = null;
    }
  }
}
