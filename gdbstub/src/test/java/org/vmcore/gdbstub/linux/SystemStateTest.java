package org.vmcore.gdbstub.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** What a kernel's variables tell without its types. */
class SystemStateTest {
  private static final long BASE = 0xc000_0000L;
  private static final int CORE = 0x100;
  private static final int JIFFIES = 0x300;
  private static final int CLOCK = 0x400;
  private static final int NODE = 0x500;
  private static final int HZ = 250;
  private static final int UPTIME = 100;

  private final ByteBuffer image = ByteBuffer.allocate(0x1000);
  private int word = 8;

  private SystemState state() {
    return state("tk_core", BASE + CORE, "unused", 0);
  }

  private SystemState state(String clock, long at, String other, long otherAt) {
    Map<String, Long> symbols =
        Map.of(
            clock,
            at,
            other,
            otherAt,
            "jiffies_64",
            BASE + JIFFIES,
            "clocksource_jiffies",
            BASE + CLOCK,
            "contig_page_data",
            BASE + NODE,
            "ppc_proc_freq",
            BASE);
    String text =
        "OSRELEASE=test\nOFFSET(pglist_data.node_start_pfn)=64\n"
            + "OFFSET(pglist_data.node_spanned_pages)=%d\n".formatted(64 + 2 * word);
    return new SystemState(
        LinuxKernel.open(
            LinearKernel.memory(BASE, image.order(), word, image.array()),
            Optional.of(Vmcoreinfo.parse(text.getBytes(ISO_8859_1))),
            List.of(names -> symbols),
            needed -> Optional.empty()));
  }

  private void machine(String order, int wordBytes) {
    word = wordBytes;
    image.order(order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    image.putInt(CLOCK + 40, (1_000_000_000 / HZ) << 8).putInt(CLOCK + 44, 8);
    image.putLong(JIFFIES, (1L << 32) - 300 * HZ + UPTIME * HZ);
  }

  /** u64 xtime_sec; unsigned long ktime_sec; struct timespec64 wall_to_monotonic. */
  private void clock(int at, long wall, int monotonic, long toMonotonic, int gap) {
    image.putLong(CORE + at, wall);
    int next = CORE + at + 8;
    if (word == 8) {
      image.putLong(next, monotonic);
    } else {
      image.putInt(next, monotonic);
    }
    image.putLong(next + word + gap, toMonotonic);
    image.putInt(next + word + gap + 8, 0);
  }

  /** A 32-bit machine aligns 64 bits to 8, i386 to 4. */
  @ParameterizedTest
  @CsvSource({
    "LITTLE_ENDIAN, 8, 0",
    "BIG_ENDIAN, 8, 0",
    "LITTLE_ENDIAN, 4, 4",
    "LITTLE_ENDIAN, 4, 0"
  })
  void theClockIsKnownByItsNeighbours(String order, int wordBytes, int gap) {
    machine(order, wordBytes);
    clock(120, 1_800_000_000, UPTIME + 1, -1_799_999_900, gap);

    assertThat(state().time()).hasValue(Instant.ofEpochSecond(1_800_000_000));
  }

  /**
   * Linux 2.6.32 has its clocks in variables, and some of that age mult_orig between the mult and
   * the shift of a clock. Date and uptime are those that crash told of such a machine.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void linux2632(boolean hasMultTwice) {
    image.order(ByteOrder.LITTLE_ENDIAN);
    int mult = (1_000_000_000 / HZ) << 8;
    image.putInt(CLOCK + 64, mult).putInt(CLOCK + 68, hasMultTwice ? mult : 8);
    image.putInt(CLOCK + 72, hasMultTwice ? 8 : 0);
    image.putLong(JIFFIES, (1L << 32) - 300 * HZ + 9 * HZ);
    Instant now = Instant.parse("2026-11-28T21:14:41Z");
    image.putLong(CORE, now.getEpochSecond()).putLong(CORE + 8, 500_000_000);
    image.putLong(CORE + 16, 9 - now.getEpochSecond()).putLong(CORE + 24, 0);

    SystemState state = state("xtime", BASE + CORE, "wall_to_monotonic", BASE + CORE + 16);

    assertThat(state.time()).hasValue(now);
    assertThat(state.uptime()).hasValue(Duration.ofSeconds(9));
    assertThat(state.bootTime()).hasValue(now.minusSeconds(9));
  }

  /** A count of ticks that is none is no time in nanoseconds, and nothing is thrown. */
  @Test
  void centuriesAreNoTimeInNanoseconds() {
    machine("LITTLE_ENDIAN", 8);
    assertThat(state().uptimeNanos()).hasValue(UPTIME * 1_000_000_000L);

    image.putLong(JIFFIES, Long.MAX_VALUE);
    assertThat(state().uptime()).isPresent();
    assertThat(state().uptimeNanos()).isEmpty();
  }

  /** Without a real-time clock it began in 1970. */
  @Test
  void theClockMayHaveStartedAtZero() {
    machine("LITTLE_ENDIAN", 8);
    clock(120, UPTIME, UPTIME, 0, 0);

    assertThat(state().time()).hasValue(Instant.ofEpochSecond(UPTIME));
  }

  @Test
  void noOtherNumbersAreTakenForTheClock() {
    machine("LITTLE_ENDIAN", 8);
    assertThat(state().time()).isEmpty();
    clock(16, 1_800_000_000, UPTIME + 60, -1_799_999_840, 0);
    clock(64, Long.MAX_VALUE, UPTIME, UPTIME - Long.MAX_VALUE, 0);
    clock(120, 5, UPTIME, UPTIME - 5, 0);

    SystemState state = state();
    assertThat(state.time()).isEmpty();
    assertThat(state.reasons().all())
        .containsExactly(
            "where this kernel keeps its time is not known, as far as BTF, --vmlinux or --types"
                + " tells");
  }

  /** A clock that was overwritten is told with what it says. */
  @Test
  void whatIsNoTimeIsTold() {
    image.order(ByteOrder.LITTLE_ENDIAN).putLong(CORE, Long.MIN_VALUE);

    SystemState state = state("xtime", BASE + CORE, "wall_to_monotonic", BASE + 0x10_0000);

    assertThat(state.time()).isEmpty();
    assertThat(state.bootTime()).isEmpty();
    assertThat(state.reasons().all())
        .containsExactly(
            "the kernel's clock stands at -9223372036854775808 seconds, which is no time",
            "wall_to_monotonic cannot be read");
  }

  @ParameterizedTest
  @CsvSource({"LITTLE_ENDIAN, 8", "BIG_ENDIAN, 8", "LITTLE_ENDIAN, 4"})
  void presentPagesAreBetweenTheirNeighbours(String order, int wordBytes) {
    machine(order, wordBytes);
    if (word == 8) {
      image.putLong(NODE + 64 + word, 49_024);
    } else {
      image.putInt(NODE + 64 + word, 49_024);
    }

    assertThat(state().memoryPages()).hasValue(49_024);
  }

  @Test
  void powerpcCountsItsClockInHertz() {
    machine("BIG_ENDIAN", 8);
    image.putLong(0, 3_450_000_000L);

    assertThat(state().processorMegahertz()).hasValue(3450);
  }
}
