package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static final int LENGTH = 0x2000;

  private final Listing target = new Listing();
  private final Conversation gdb = Conversation.withGdb(target);

  /** Notes which thread has read what. */
  private static final class Listing extends TestTarget {
    private final List<String> reads = new ArrayList<>();

    @Override
    public MemoryRead readMemory(
        ThreadId thread, long address, byte[] destination, int offset, int length) {
      reads.add(thread.thread() + ":" + Long.toHexString(address - NOISE) + "+" + length);
      return super.readMemory(thread, address, destination, offset, length);
    }
  }

  private String read(int offset) {
    return gdb.ask("m" + Long.toHexString(TestTarget.NOISE + offset) + ",2000");
  }

  @BeforeEach
  void readTwice() {
    read(0);
    gdb.idle();
    read(LENGTH);
    assertThat(target.reads).containsExactly("2:0+8192", "2:2000+8192");
    gdb.idle();
    assertThat(target.reads).last().isEqualTo("2:4000+8192");
    target.reads.clear();
  }

  @Test
  void aThirdReadInARowIsReady() {
    HexFormat hex = HexFormat.of();
    byte[] noise = TestTarget.noise(6 * LENGTH);
    for (int i = 2; i < 6; i++) {
      assertThat(read(i * LENGTH)).isEqualTo(hex.formatHex(noise, i * LENGTH, (i + 1) * LENGTH));
      assertThat(target.reads).as("before idle").hasSize(i - 2);
      gdb.idle();
      gdb.idle();
      assertThat(target.reads).as("after idle").hasSize(i - 1);
    }
  }

  @Test
  void whatIsSetInBetweenCounts() {
    gdb.ask("Hgp1.1");
    read(2 * LENGTH);
    assertThat(target.reads).containsExactly("1:4000+8192");

    gdb.idle();
    gdb.ask("Qqemu.PhyMemMode:1");
    assertThat(read(3 * LENGTH)).isEqualTo("E0e");
  }

  @Test
  void anotherReadThrowsItAway() {
    String before = read(5 * LENGTH);
    assertThat(target.reads).containsExactly("2:a000+8192");
    gdb.idle();
    assertThat(target.reads).as("no guess after a jump").hasSize(1);
    assertThat(read(5 * LENGTH)).isEqualTo(before);
  }

  @Test
  void aGuessThatFailsIsReadAgain() {
    long end = TestTarget.LARGE;
    for (int i = 2; i > 0; i--) {
      read((int) end - i * LENGTH);
    }
    gdb.idle();
    target.reads.clear();
    assertThat(read((int) end)).isEqualTo("E0e");
    assertThat(target.reads).hasSize(1);
  }

  /** Nobody asks for 64 KiB but for a piece of an area. */
  @Test
  void aLargeReadIsGuessedToGoOn() {
    gdb.ask("m" + Long.toHexString(TestTarget.NOISE + 0x80000) + ",10000");
    gdb.idle();
    assertThat(target.reads).containsExactly("2:80000+65536", "2:90000+65536");

    gdb.ask("m" + Long.toHexString(TestTarget.NOISE + 0x90000) + ",10000");
    assertThat(target.reads).hasSize(2);
  }

  /** Walks through structures are left alone. */
  @Test
  void smallReadsAreNotGuessed() {
    for (int i = 0; i < 8; i++) {
      gdb.ask("m" + Long.toHexString(TestTarget.NOISE + 8L * i) + ",8");
      gdb.idle();
    }
    assertThat(target.reads).hasSize(8);
  }
}
