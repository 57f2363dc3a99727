package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.inspect.MonitorCommands;
import org.vmcore.gdbstub.machine.RealDumps;

/** The {@code monitor} commands as the program's own. */
class InspectCommandTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";

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
    return RealDumps.file(FOLDER + "vmcore.d31.zlib");
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyInspectionIsACommandWithItsHelp() {
    List<Inspection> inspections = MonitorCommands.inspections();
    assertThat(inspections).hasSizeGreaterThan(10);
    for (Inspection inspection : inspections) {
      out.reset();

      assertThat(Main.run(inspection.name(), "--help")).isZero();
      assertThat(out()).contains(inspection.summary() + ".", "VMCORE", "--json");
      assertThat(oneLine(out())).contains(oneLine(inspection.help()));
    }
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  @Test
  void optionsOfTheCommandMayStandAnywhereBehindTheDump() throws Exception {
    assertThat(Main.run("struct", dump().toString(), "list_head", "-o")).isZero();
    assertThat(out()).startsWith("struct list_head {\n   [0] struct list_head *next;\n");
  }

  @Test
  void jsonIsATreeWithHexadecimalAddresses() throws Exception {
    assertThat(Main.run("mod", "--json", dump().toString())).isZero();

    JsonArray modules = JsonParser.parseString(out()).getAsJsonArray();
    List<String> lines = Files.readAllLines(RealDumps.file(FOLDER + "modules.txt"));
    assertThat(modules).hasSameSizeAs(lines);
    JsonObject first = modules.get(0).getAsJsonObject();
    assertThat(lines)
        .anyMatch(line -> line.startsWith(first.get("name").getAsString() + " "))
        .anyMatch(line -> line.contains(" " + first.get("base").getAsString()));
  }

  @Test
  void wrongArgumentsEndWith2AndWhatTheDumpLacksWith1() throws Exception {
    assertThat(Main.run("sym", dump().toString(), "no_such_symbol")).isEqualTo(2);
    assertThat(err()).contains("symbol not found: no_such_symbol", "sym --help");
    assertThat(Main.run("struct", dump().toString(), "list_head", "8")).isEqualTo(1);
    assertThat(err()).contains("is not mapped");
  }
}
