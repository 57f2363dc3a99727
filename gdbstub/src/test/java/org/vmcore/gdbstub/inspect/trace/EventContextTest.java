package org.vmcore.gdbstub.inspect.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.trace.TraceBuffer;

/**
 * Flags and counts as a {@code struct trace_entry} has them, with what Linux 7.2 printed of them.
 */
class EventContextTest {
  private static String shown(int flags, int count) {
    ByteBuffer entry = ByteBuffer.allocate(8).put(2, (byte) flags).put(3, (byte) count);
    return new EventContext(true, true).of(new TraceBuffer.Event(0, 0, entry));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, .....", "1, 2, d..2.", "0x26, 1, .B.1.", "0x12, 0, .ls..", "0x24, 0, .N...",
    "0x22, 0, .L...", "6, 0, .b...", "0x18, 0x31, ..H13", "0x81, 0, D....", "0x48, 0, ..Z.."
  })
  void eachHasALetter(String flags, String count, String shown) {
    assertThat(shown(Integer.decode(flags), Integer.decode(count))).isEqualTo(shown);
  }

  @Test
  void anEventWithoutThemIsMarked() {
    TraceBuffer.Event event = new TraceBuffer.Event(0, 0, ByteBuffer.allocate(4));

    assertThat(new EventContext(true, true).of(event)).isEqualTo("?????");
  }

  /** Before 5.15 the whole byte was the depth of preemption. */
  @Test
  void olderKernelsHaveAColumnLess() {
    ByteBuffer entry = ByteBuffer.allocate(8).put(2, (byte) 0x14).put(3, (byte) 0x12);
    EventContext context = new EventContext(false, false);

    assertThat(context.of(new TraceBuffer.Event(0, 0, entry))).isEqualTo(".ns12");
  }
}
