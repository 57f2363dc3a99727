package org.vmcore.gdbstub.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.FormatMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.demo.DemoTruth;
import org.vmcore.gdbstub.demo.DemoTruth.Hole;
import org.vmcore.gdbstub.demo.DemoTruth.Reason;
import org.vmcore.gdbstub.demo.DemoTruth.Space;
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

  @Test
  void helpListsEveryCommandAndExplainsEach() {
    for (MonitorCommand command : MonitorCommands.ALL) {
      assertThat(monitor("help")).contains(command.name(), command.summary());
      assertThat(monitor("help %s", command.name()))
          .startsWith("usage: monitor " + command.name())
          .contains(command.summary())
          .endsWith("\n");
    }
    assertThat(monitor("")).isEqualTo(monitor("help"));
  }

  @Test
  void unknownCommandsPointToHelp() {
    assertThat(monitor("frobnicate 1"))
        .isEqualTo("unknown command 'frobnicate'; try: monitor help\n");
  }

  @Test
  void wrongArgumentsShowTheUsage() {
    assertThat(monitor("vtop")).isEqualTo("vtop: takes one address\nusage: monitor vtop ADDRESS\n");
    assertThat(monitor("why here"))
        .startsWith("why: 'here' is not a hexadecimal address\nusage: monitor why ADDRESS");
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
