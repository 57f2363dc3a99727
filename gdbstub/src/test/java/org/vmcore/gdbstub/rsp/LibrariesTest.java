package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.rsp.Target.Library;

/** What gdb is told of libraries, and what is known of it by then. */
class LibrariesTest {
  private static final String PROGRAM = "qXfer:exec-file:read:1:0,1000";
  private static final String LIBRARIES = "qXfer:libraries:read::0,1000";

  private final List<String> described = new ArrayList<>();

  private final TestTarget target =
      new TestTarget() {
        @Override
        public Optional<String> executable() {
          return Optional.of("/vmlinux");
        }

        @Override
        public void describeDebugger(boolean opensFiles, boolean hasProgram) {
          described.add((opensFiles ? "opens " : "reads ") + (hasProgram ? "own" : "ours"));
        }

        @Override
        public Optional<Libraries> libraries() {
          return Optional.of(
              () ->
                  List.of(
                      new Library("/a&b", Library.Unit.SEGMENT, List.of(0x1000L, -4096L)),
                      new Library("/c", Library.Unit.SECTION, List.of(16L))));
        }
      };

  private Conversation gdb(String features) {
    Conversation gdb = new Conversation(target);
    gdb.ask("QStartNoAckMode");
    assertThat(gdb.ask("qSupported:qRelocInsn+" + features)).contains("qXfer:libraries:read+");
    return gdb;
  }

  @Test
  void eachIsListedWithItsAddresses() {
    assertThat(gdb("").ask(LIBRARIES))
        .isEqualTo(
            """
            l<library-list>
              <library name="/a&amp;b">
                <segment address="0x1000"/>
                <segment address="0xfffffffffffff000"/>
              </library>
              <library name="/c">
                <section address="0x10"/>
              </library>
            </library-list>
            """);
  }

  /** It asks for the program to load it, and then to compare it with what it has. */
  @Test
  void aGdbWithoutAProgramAsksForItTwice() {
    Conversation gdb = gdb(";memory-tagging+");
    List.of(PROGRAM, PROGRAM, "qOffsets", LIBRARIES).forEach(gdb::ask);
    assertThat(described).endsWith("reads ours");
  }

  @Test
  void aGdbWithAProgramAsksForItOnce() {
    Conversation gdb = gdb(";memory-tagging+");
    List.of(PROGRAM, "qOffsets", LIBRARIES).forEach(gdb::ask);
    assertThat(described).endsWith("reads own");
  }

  @Test
  void aGdbBefore10DoesNotCompare() {
    Conversation gdb = gdb("");
    List.of(PROGRAM, "qOffsets", LIBRARIES).forEach(gdb::ask);
    assertThat(described).endsWith("reads ours");
  }
}
