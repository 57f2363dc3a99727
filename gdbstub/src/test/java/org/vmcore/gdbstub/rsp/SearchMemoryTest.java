package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SearchMemoryTest {
  private static final long BASE = 0xffffc00000000000L;
  private static final int CHUNK = 256 << 10;

  @Test
  void findsAPatternAcrossEveryBoundary() {
    for (int at : new int[] {0, 1, CHUNK - 6, CHUNK - 1, CHUNK, 2 * CHUNK - 3, 3 * CHUNK - 6}) {
      byte[] memory = new byte[3 * CHUNK];
      System.arraycopy(new byte[] {'s', 'e', 'c', 'r', 'e', 't'}, 0, memory, at, 6);
      Conversation gdb = Conversation.withGdb(new TestTarget().withMemory(BASE, memory));
      assertThat(search(gdb, BASE, memory.length, "secret"))
          .isEqualTo("1," + Long.toHexString(BASE + at));
      assertThat(search(gdb, BASE, at + 5, "secret")).as("cut short").isEqualTo("0");
      assertThat(search(gdb, BASE + at + 1, memory.length - at - 1, "secret")).isEqualTo("0");
    }
  }

  @Test
  void stepsOverHoles() {
    byte[] page = new byte[4096];
    page[4095] = 'z';
    byte[] other = new byte[4096];
    other[0] = 'z';
    other[7] = 'z';
    other[8] = 'z';
    Conversation gdb =
        Conversation.withGdb(
            new TestTarget().withMemory(BASE, page).withMemory(BASE + 0x5000, other));
    assertThat(search(gdb, BASE - 0x10000, 0x20000, "z"))
        .isEqualTo("1," + Long.toHexString(BASE + 4095));
    // The z before a hole and the z behind it are not neighbours.
    assertThat(search(gdb, BASE - 0x10000, 0x20000, "zz"))
        .isEqualTo("1," + Long.toHexString(BASE + 0x5007));
  }

  @Test
  void endsAtTheEndOfTheAddressSpace() {
    Conversation gdb =
        Conversation.withGdb(new TestTarget().withMemory(0xfffffffffffff000L, new byte[4096]));
    assertThat(search(gdb, 0xffffffffffff0000L, 0x10000, "q")).isEqualTo("0");
  }

  @Test
  void isWorkedInTheSessionsAddressMode() {
    Conversation gdb = Conversation.withGdb(new TestTarget());
    assertThat(search(gdb, 0, 9, "sic")).isEqualTo("0");
    gdb.ask("Qqemu.PhyMemMode:1");
    assertThat(search(gdb, 0, 9, "sic")).isEqualTo("1,3");
  }

  /** Page by page it would take a hundred thousand years. */
  @Test
  @Timeout(20)
  void crossesHolesAsTheTargetKnowsThem() {
    List<Long> asked = new ArrayList<>();
    Target knowing =
        new TestTarget() {
          @Override
          public long afterHole(ThreadId thread, long address) {
            asked.add(address);
            return Long.compareUnsigned(address, BASE) < 0 ? BASE : 0;
          }
        };
    Conversation gdb = Conversation.withGdb(knowing);
    assertThat(search(gdb, 0, -1, "nowhere to be found")).isEqualTo("0");
    assertThat(asked).hasSize(2).startsWith(0L);
  }

  @Test
  @Timeout(20)
  void endsWhereNothingIs() {
    Target empty =
        new TestTarget() {
          @Override
          public MemoryRead readMemory(
              ThreadId thread, long address, byte[] destination, int offset, int length) {
            return new MemoryRead(0, () -> "nothing");
          }

          @Override
          public long afterHole(ThreadId thread, long address) {
            return 0;
          }
        };
    assertThat(search(Conversation.withGdb(empty), 0, -1, "q")).isEqualTo("0");
  }

  @Test
  void anInterruptEndsIt() {
    Conversation gdb = Conversation.withGdb(new TestTarget());
    gdb.interrupt();
    assertThat(search(gdb, 0, -1, "q")).isEqualTo("E7f");
  }

  @Test
  void stopsWhenNobodyWaits() {
    Conversation gdb = Conversation.withGdb(new TestTarget());
    gdb.leave();
    assertThatThrownBy(() -> search(gdb, 0, -1, "q")).isInstanceOf(ClientGoneException.class);
  }

  /** A slow search, of which gdb must hear something before its two seconds are over. */
  @Test
  void tellsGdbThatItGoesOn() {
    AtomicLong now = new AtomicLong();
    List<Conversation> watch = new ArrayList<>();
    Target slow =
        new TestTarget() {
          @Override
          public MemoryRead readMemory(
              ThreadId thread, long address, byte[] destination, int offset, int length) {
            now.addAndGet(200_000_000);
            watch.forEach(Conversation::showLife);
            return new MemoryRead(length, null);
          }
        };
    Conversation gdb = Conversation.withGdb(slow, now::get);
    watch.add(gdb);
    String packet = "qSearch:memory:" + Long.toHexString(BASE) + ";140000;secret";
    assertThat(gdb.askAll(packet)).contains("+").endsWith("0");

    Conversation other = new Conversation(slow, now::get);
    other.ask("QStartNoAckMode");
    watch.set(0, other);
    assertThat(other.askAll(packet)).containsExactly("0");
  }

  private static String search(Conversation gdb, long from, long length, String pattern) {
    return gdb.ask(
        "qSearch:memory:"
            + Long.toHexString(from)
            + ";"
            + Long.toHexString(length)
            + ";"
            + pattern);
  }
}
