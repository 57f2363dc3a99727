package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.FormatMethod;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.demo.DemoTruth;
import org.vmcore.gdbstub.demo.DemoTruth.Hole;
import org.vmcore.gdbstub.demo.DemoTruth.Reason;
import org.vmcore.gdbstub.demo.DemoTruth.Space;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.machine.Demo;
import org.vmcore.gdbstub.stub.DebuggerView;

class MonitorCommandsTest {
  private Demo demo;
  private MonitorCommands commands;

  @BeforeEach
  void open() throws Exception {
    demo = Demo.open();
    commands = new MonitorCommands(new DebuggerView(demo.machine()));
  }

  @AfterEach
  void close() throws Exception {
    demo.close();
  }

  @FormatMethod
  private String monitor(String line, Object... values) {
    StringBuilder out = new StringBuilder();
    commands.run(line.formatted(values), demo.machine().cpus().get(0), out::append);
    return out.toString();
  }

  private DemoTruth.Memory memory(Space space) {
    return demo.truth().memory().stream()
        .filter(memory -> memory.space() == space)
        .findFirst()
        .orElseThrow();
  }

  private Hole hole(Reason reason) {
    return demo.truth().holes().stream()
        .filter(hole -> hole.space() == Space.KERNEL && hole.reason() == reason)
        .findFirst()
        .orElseThrow();
  }

  /** Whoever connects must not have files of the server's read. */
  @Test
  void analyzeTellsWhatHappenedAndReadsNoFileForADebugger() {
    assertThat(monitor("analyze")).contains("TITLE: ").contains("SIGNATURE");
    assertThat(monitor("analyze --rules /")).contains("is for its command line");
  }

  @Test
  void helpListsEveryCommandAndExplainsEach() {
    for (Query<?> query : Queries.all()) {
      String name = Answering.name(query);
      String summary = new Form(query).summary();
      assertThat(monitor("help").lines())
          .anyMatch(line -> line.startsWith(name + " ") && line.endsWith(" " + summary));
      assertThat(monitor("help %s", name))
          .startsWith("usage: monitor " + name)
          .contains(summary)
          .endsWith("\n");
    }
    assertThat(monitor("")).isEqualTo(monitor("help"));
  }

  @Test
  void unknownCommandsPointToHelpAndToWhatIsNear() {
    assertThat(monitor("frobnicate 1"))
        .isEqualTo("unknown command 'frobnicate'; try: monitor help\n");
    assertThat(monitor("dmseg"))
        .isEqualTo("unknown command 'dmseg'; did you mean 'dmesg'?; try: monitor help\n");
  }

  @Test
  void wrongArgumentsShowTheUsage() {
    assertThat(monitor("vtop"))
        .isEqualTo("vtop: lacks ADDRESS\nusage: monitor vtop ADDRESS [-c PID|TASK] [-u] [-k]\n");
    assertThat(monitor("why here"))
        .isEqualTo("why: 'here' is not a hexadecimal address\nusage: monitor why ADDRESS\n");
    assertThat(monitor("cpus now"))
        .isEqualTo("cpus: what is 'now'? It takes no more\nusage: monitor cpus\n");
    assertThat(monitor("log --levle warn"))
        .startsWith("log: unknown option --levle; did you mean --level?\nusage: monitor log ");
  }

  @Test
  void jsonIsHadInADebuggerToo() {
    JsonObject answer = JsonParser.parseString(monitor("cpus --json")).getAsJsonObject();
    assertThat(answer.get("query").getAsString()).isEqualTo("cpus");
    assertThat(answer.getAsJsonArray("cpus")).hasSize(2);
  }

  @Test
  void versionIsAnsweredAsQemuDoes() {
    assertThat(monitor("info version")).startsWith("vmcore-gdbserver ").endsWith(" demo\n");
  }

  @Test
  void vtopShowsEachLevelDownToThePage() {
    DemoTruth.Memory known = memory(Space.KERNEL);

    assertThat(monitor("vtop %x", known.virtualAddress()))
        .startsWith(
            "VIRTUAL           PHYSICAL\n%x  %x\n"
                .formatted(known.virtualAddress(), known.physicalAddress()))
        .contains("PGD: ", "PUD: ", "PAGE: ")
        .contains("PRESENT");
  }

  @Test
  void whySaysWhatKindOfHoleItIs() {
    assertThat(monitor("why %#x", memory(Space.KERNEL).virtualAddress())).contains("is readable");
    assertThat(monitor("why %#x", hole(Reason.NOT_MAPPED).virtualAddress()))
        .contains("is not mapped");
    assertThat(monitor("why %#x", hole(Reason.NOT_IN_DUMP).virtualAddress()))
        .contains("is mapped, but", "not in the dump");
  }

  @Test
  void cpusMarksTheCrashedOne() {
    assertThat(monitor("cpus").lines())
        .hasSize(3)
        .filteredOn(line -> line.endsWith("crashed"))
        .singleElement()
        .asString()
        .startsWith("*")
        .contains("%#018x".formatted(demo.truth().crashedCpu().register("rip")));
  }

  @Test
  void vmcoreinfoPrintsAllOrOneValue() {
    assertThat(monitor("vmcoreinfo")).startsWith("OSRELEASE=" + demo.truth().release());
    assertThat(monitor("vmcoreinfo KERNELOFFSET"))
        .isEqualTo("%x\n".formatted(demo.truth().kaslrOffset()));
    assertThat(monitor("vmcoreinfo NOPE")).contains("no key 'NOPE'");
  }

  @Test
  void spacesFindsTheProcessThatMapsAnAddressAndSpaceReadsThroughIt() {
    DemoTruth.Memory user = memory(Space.PROCESS);

    assertThat(monitor("why %#x", user.virtualAddress())).contains("is not mapped");
    assertThat(monitor("spaces %#x", user.virtualAddress()))
        .isEqualTo("%#x -> %#x\n".formatted(demo.truth().processRoot(), user.physicalAddress()));
    assertThat(monitor("space %#x", demo.truth().processRoot())).contains("page tables at");
    assertThat(monitor("why %#x", user.virtualAddress())).contains("is readable");
    assertThat(monitor("space cpu")).contains("each CPU's own");
    assertThat(monitor("why %#x", user.virtualAddress())).contains("is not mapped");
  }
}
