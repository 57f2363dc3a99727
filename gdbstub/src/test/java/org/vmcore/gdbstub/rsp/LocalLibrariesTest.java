package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What LLDB is told of files, in the order in which it asks when it connects. */
class LocalLibrariesTest {
  private static final String READ = "qXfer:libraries-svr4:read::0,3ffff";

  private static Conversation lldb(Optional<String> program) {
    Conversation conversation = new Conversation(target(program));
    conversation.ask("QStartNoAckMode");
    conversation.ask("qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+");
    conversation.ask("QListThreadsInStopReply");
    return conversation;
  }

  private static Target target(Optional<String> program) {
    return new TestTarget() {
      @Override
      public Optional<LocalFiles> localFiles() {
        return Optional.of(
            new LocalFiles() {
              @Override
              public Optional<String> program() {
                return program;
              }

              @Override
              public List<String> libraries(boolean hasProgram) {
                return List.of(hasProgram ? "/tmp/a&b.ko" : "/tmp/everything");
              }
            });
      }
    };
  }

  private static String list(String path) {
    return "l<library-list-svr4 version=\"1.0\"><library name=\"%s\" lm=\"0x0\" l_addr=\"0x0\" l_ld=\"0x0\"/></library-list-svr4>"
        .formatted(path);
  }

  private static final String NONE = "l<library-list-svr4 version=\"1.0\"></library-list-svr4>";

  @Test
  void theProgramFirstAndThenTheRestOnce() {
    Conversation lldb = lldb(Optional.of("/tmp/vmlinux"));
    assertThat(lldb.ask("?")).isEqualTo("T00thread:1;core:0;library:1;threads:1,2,3;");
    assertThat(lldb.ask(READ)).isEqualTo(list("/tmp/vmlinux"));
    lldb.ask("qOffsets");
    assertThat(lldb.ask(READ)).isEqualTo(list("/tmp/a&amp;b.ko"));
    assertThat(lldb.ask(READ)).isEqualTo(NONE);
    assertThat(lldb.ask("?")).isEqualTo("T00thread:1;core:0;threads:1,2,3;");
  }

  /** LLDB numbers threads as it hears of them; which one to select, the signal tells. */
  @Test
  void threadsComeInTheOrderOfCpus() {
    Conversation lldb = lldb(Optional.empty());
    assertThat(lldb.ask("?")).startsWith("T00thread:1;core:0;");
    assertThat(lldb.ask("qThreadStopInfo2")).startsWith("T0bthread:2;core:1;");
    assertThat(lldb.ask("qThreadStopInfo3")).startsWith("T00thread:3;core:2;");
  }

  @Test
  void aDebuggerThatDoesNotAskForOffsetsHasNoProgram() {
    Conversation lldb = lldb(Optional.empty());
    assertThat(lldb.ask(READ)).isEqualTo(NONE);
    assertThat(lldb.ask(READ)).isEqualTo(list("/tmp/everything"));
  }

  @Test
  void gdbIsOfferedNone() {
    Conversation gdb = new Conversation(target(Optional.empty()));
    gdb.ask("QStartNoAckMode");
    assertThat(gdb.ask("qSupported:multiprocess+;qRelocInsn+")).doesNotContain("svr4");
    assertThat(gdb.ask(READ)).isEmpty();
    assertThat(gdb.ask("?")).doesNotContain("library");
  }
}
