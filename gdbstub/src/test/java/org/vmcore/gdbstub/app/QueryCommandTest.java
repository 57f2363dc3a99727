package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.testing.RealDump;

/** The {@code monitor} commands as the program's own. */
class QueryCommandTest {
  private static final RealDump DUMP = RealDump.typed();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PrintStream realOut = System.out;
  private final PrintStream realErr = System.err;

  @BeforeEach
  void listen() {
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(realOut);
    System.setErr(realErr);
  }

  private static Path dump() throws Exception {
    return DUMP.file();
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyQueryOfADumpIsACommandWithItsHelp() {
    List<Query<?>> queries = Queries.ofDumps();
    assertThat(queries).hasSizeGreaterThan(20);
    for (Query<?> query : queries) {
      out.reset();
      Form form = new Form(query);

      assertThat(Main.run(Answering.name(query), "--help")).isZero();
      assertThat(out()).contains(form.summary() + ".", "VMCORE", "--json");
      for (String paragraph : form.spec().usageMessage().footer()) {
        assertThat(oneLine(out())).contains(oneLine(paragraph));
      }
    }
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  /** The dump is the first word that is no option and no option's value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "struct -o; list_head",
        "log -t --level err;",
        "bt -a -s;",
        "kmem -s; dentry",
        "search -c OSRELEASE=6.1;",
        "search -c -Wno;",
        "irq -s;"
      })
  void optionsMayStandBeforeAndBehindTheDump(String options, String words) throws Exception {
    List<String> before = new ArrayList<>(List.of(options.split(" ")));
    List<String> behind = new ArrayList<>(List.of(before.get(0), dump().toString()));
    before.add(dump().toString());
    if (words != null) {
      before.add(words);
      behind.add(words);
    }
    behind.addAll(List.of(options.split(" ")).subList(1, options.split(" ").length));

    assertThat(Main.run(before.toArray(String[]::new))).as(err()).isZero();
    String first = out();
    out.reset();
    assertThat(Main.run(behind.toArray(String[]::new))).isZero();
    assertThat(out()).isEqualTo(first);
  }

  @Test
  void jsonHasTheRecordsWithHexadecimalAddresses() throws Exception {
    assertThat(Main.run("mod", "--json", dump().toString())).isZero();

    JsonObject answer = JsonParser.parseString(out()).getAsJsonObject();
    assertThat(answer.get("query").getAsString()).isEqualTo("mod");
    assertThat(answer.getAsJsonArray("incomplete")).isEmpty();
    JsonArray modules = answer.getAsJsonArray("modules");
    List<String> lines = DUMP.moduleList();
    assertThat(modules).hasSameSizeAs(lines);
    JsonObject first = modules.get(0).getAsJsonObject();
    assertThat(lines)
        .anyMatch(line -> line.startsWith(first.get("name").getAsString() + " "))
        .anyMatch(line -> line.contains(" " + first.get("base").getAsString()));
  }

  @Test
  void wrongWordsEndWith2AndWhatIsNotThereWith1() throws Exception {
    assertThat(Main.run("sym", dump().toString(), "no_such_symbol")).isEqualTo(1);
    assertThat(err()).isEqualTo("vmcore-gdbserver: sym: symbol not found: no_such_symbol\n");
    assertThat(Main.run("bt", dump().toString(), "99999")).isEqualTo(1);
    assertThat(err()).contains("bt: no task has the PID 99999");
    assertThat(Main.run("struct", "--json", dump().toString(), "list_head", "8")).isEqualTo(1);
    assertThat(err()).contains("is not mapped");
    assertThat(out()).as("of an answer that there is none of").isEmpty();
    assertThat(Main.run("sym", dump().toString())).isEqualTo(2);
    assertThat(err()).contains("takes names or addresses", "sym --help");
    assertThat(Main.run("ps", dump().toString(), "--jsno")).isEqualTo(2);
    assertThat(err()).contains("unknown option --jsno; did you mean --json?");
  }

  /** What each command is asked for in vain. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bt 99999",
        "sym nosuch",
        "ps 99999",
        "task 99999",
        "vm 99999",
        "files 99999",
        "mount /nosuch",
        "fuser /nosuch",
        "net 99999 -s",
        "bpf -m 77",
        "sig 99999",
        "waitq nosuch",
        "struct nosuch",
        "union nosuch",
        "p nosuch",
        "percpu nosuch",
        "list nosuch",
        "tree nosuch",
        "rd nosuch",
        "dis nosuch",
        "whatis nosuchname",
        "search nosuchname",
        "kmem -s nosuch",
        "runq -c 99",
        "irq 9999",
        "timer -C 99",
        "dev -v 9",
        "mod -s nosuch",
        "vtop nosuch",
        "sbitmapq nosuch",
        "cat /nosuch",
        "trace -i nosuch",
        "foreach nosuchtask bt"
      })
  void whatIsNotThereEndsWith1(String line) throws Exception {
    List<String> words = new ArrayList<>(List.of(line.split(" ")));
    words.add(1, dump().toString());

    assertThat(Main.run(words.toArray(String[]::new))).as(err()).isEqualTo(1);
    assertThat(err()).startsWith("vmcore-gdbserver: " + words.get(0) + ": ");
    assertThat(out()).isEmpty();
  }

  @Test
  void anUnknownOptionEndsWith2() throws Exception {
    for (Query<?> query : Queries.ofDumps()) {
      if (!query.takesDashes()) {
        err.reset();
        String name = Answering.name(query);
        assertThat(Main.run(name, dump().toString(), "--no-such-option")).as(name).isEqualTo(2);
        assertThat(err()).containsPattern("unknown option --no-such-option|lacks [A-Z]");
      }
    }
  }

  @Test
  void aMistypedCommandIsNoDump() {
    assertThat(Main.run("serv", "vmcore")).isEqualTo(2);
    assertThat(err()).contains("'serv' is no command and no file; did you mean 'serve'?");
    assertThat(Main.run("vmcore-of-tuesday")).isEqualTo(1);
    assertThat(err()).contains("vmcore-of-tuesday: no such file");
  }
}
