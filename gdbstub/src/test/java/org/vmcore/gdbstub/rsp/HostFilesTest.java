package org.vmcore.gdbstub.rsp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostFilesTest {
  private static final byte[] CONTENT = "the kernel's symbols".getBytes(UTF_8);

  private final Conversation gdb = Conversation.withGdb(new Offering());

  /** A target with one file. */
  private static class Offering extends TestTarget {
    @Override
    public List<OfferedFile> files() {
      return List.of(
          new OfferedFile() {
            @Override
            public String name() {
              return "/vmlinux";
            }

            @Override
            public long size() {
              return CONTENT.length;
            }

            @Override
            public int read(long position, byte[] destination, int offset, int length) {
              int count = (int) Math.max(0, Math.min(length, CONTENT.length - position));
              System.arraycopy(CONTENT, (int) Math.min(position, 20), destination, offset, count);
              return count;
            }
          });
    }

    @Override
    public Optional<String> executable() {
      return Optional.of("/vmlinux");
    }
  }

  private static String hex(String name) {
    return HexFormat.of().formatHex(name.getBytes(UTF_8));
  }

  /** As gdb 11 and later, which then opens files by their names itself. */
  @Test
  void aDebuggerThatSharesFilesIsToldOfNoWayToReadThem() {
    Offering shared =
        new Offering() {
          @Override
          public boolean sharesFiles() {
            return true;
          }
        };
    String open = "vFile:open:%s,0,0".formatted(hex("/vmlinux"));
    Conversation since11 = new Conversation(shared);
    since11.ask("qSupported:qRelocInsn+;memory-tagging+");
    assertThat(since11.ask(open)).isEmpty();

    Conversation before = new Conversation(shared);
    before.ask("qSupported:qRelocInsn+");
    assertThat(before.ask(open)).isEqualTo("F0");

    Conversation extended = new Conversation(shared);
    extended.ask("qSupported:qRelocInsn+;memory-tagging+");
    extended.ask("!");
    assertThat(extended.ask(open)).isEqualTo("F0");
  }

  @Test
  void theProgramIsNamedAndRead() {
    assertThat(gdb.ask("qSupported:qRelocInsn+")).contains("qXfer:exec-file:read+");
    assertThat(gdb.ask("qXfer:exec-file:read:1:0,1000")).isEqualTo("l/vmlinux");
    assertThat(gdb.ask("vFile:setfs:0")).isEqualTo("F0");
    assertThat(gdb.ask("vFile:open:%s,0,0".formatted(hex("/vmlinux")))).isEqualTo("F0");
    assertThat(gdb.ask("vFile:pread:0,6,4")).isEqualTo("F6;kernel");
    assertThat(gdb.ask("vFile:pread:0,100,d")).isEqualTo("F7;symbols");
    assertThat(gdb.ask("vFile:pread:0,100,14")).isEqualTo("F0;");
    assertThat(gdb.ask("vFile:close:0")).isEqualTo("F0");
    assertThat(gdb.ask("vFile:pread:0,6,4")).isEqualTo("F-1,9");
  }

  /** struct stat of the File-I/O protocol: mode at 8, size at 28. */
  @Test
  void sizesAreTold() {
    gdb.ask("vFile:open:%s,0,0".formatted(hex("/vmlinux")));
    for (String question : List.of("vFile:fstat:0", "vFile:stat:" + hex("/vmlinux"))) {
      byte[] stat = gdb.ask(question).getBytes(StandardCharsets.ISO_8859_1);
      assertThat(new String(stat, 0, 4, UTF_8)).isEqualTo("F40;");
      assertThat(Arrays.copyOfRange(stat, 4 + 28, 4 + 36))
          .containsExactly(0, 0, 0, 0, 0, 0, 0, CONTENT.length);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "/vmlinux/../etc/passwd",
        "/../vmlinux",
        "//vmlinux",
        "/./vmlinux",
        "/VMLINUX",
        "vmlinux",
        "/vmlinux/",
        "/vmlinux\0",
        "/vmlinux\0/etc/passwd",
        "/proc/self/fd/0",
        "/proc/self/cwd/pom.xml",
        "pom.xml",
        "~/.ssh/id_rsa",
        "/vmlinu\u0445",
        "target:/vmlinux",
        ""
      })
  void nothingElseIsThere(String name) {
    assertThat(gdb.ask("vFile:open:%s,0,0".formatted(hex(name)))).isEqualTo("F-1,2");
    assertThat(gdb.ask("vFile:stat:" + hex(name))).isEqualTo("F-1,2");
    assertThat(gdb.ask("vFile:readlink:" + hex(name))).isEqualTo("F-1,2");
  }

  @Test
  void nothingIsWritten() {
    String name = hex("/vmlinux");
    for (String flags : List.of("1", "2", "8", "200", "400", "601")) {
      assertThat(gdb.ask("vFile:open:%s,%s,1b6".formatted(name, flags))).isEqualTo("F-1,1e");
    }
    gdb.ask("vFile:open:%s,0,0".formatted(name));
    assertThat(gdb.ask("vFile:pwrite:0,0,x")).isEqualTo("F-1,1e");
    assertThat(gdb.ask("vFile:unlink:" + name)).isEqualTo("F-1,1e");
  }

  @Test
  void descriptorsAreFew() {
    String open = "vFile:open:%s,0,0".formatted(hex("/vmlinux"));
    for (int i = 0; i < 64; i++) {
      assertThat(gdb.ask(open)).isEqualTo("F" + Integer.toHexString(i));
    }
    assertThat(gdb.ask(open)).isEqualTo("F-1,18");
    gdb.ask("vFile:close:5");
    assertThat(gdb.ask(open)).isEqualTo("F5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vFile:pread:40,10,0",
        "vFile:pread:ffffffff,10,0",
        "vFile:close:7fffffff",
        "vFile:fstat:63"
      })
  void unknownDescriptorsAreRefused(String packet) {
    assertThat(gdb.ask(packet)).isEqualTo("F-1,9");
  }

  @Test
  void offsetsBeyondTheFileGiveNothing() {
    gdb.ask("vFile:open:%s,0,0".formatted(hex("/vmlinux")));
    assertThat(gdb.ask("vFile:pread:0,10,7fffffffffffffff")).isEqualTo("F0;");
    assertThat(gdb.ask("vFile:pread:0,10,ffffffffffffffff")).isEqualTo("F0;");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vFile:open:2f7,0,0", "vFile:open:zz,0,0", "vFile:pread:0,1"})
  void malformedPacketsAreRefused(String packet) {
    assertThat(gdb.ask(packet)).isEqualTo("E01");
  }

  @Test
  void aTargetWithoutFilesOffersNone() {
    Conversation other = Conversation.withGdb(new TestTarget());
    assertThat(other.ask("qSupported:qRelocInsn+")).doesNotContain("exec-file");
    assertThat(other.ask("vFile:open:%s,0,0".formatted(hex("/vmlinux")))).isEqualTo("F-1,2");
  }
}
