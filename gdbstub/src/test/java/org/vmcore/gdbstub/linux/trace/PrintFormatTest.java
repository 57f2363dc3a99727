package org.vmcore.gdbstub.linux.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.linux.trace.PrintFormat.UnknownException;
import org.vmcore.gdbstub.linux.trace.TraceEvents.Field;

/** An event of a number, a signed one, a text, a text elsewhere and bytes. */
class PrintFormatTest {
  private static final TraceEvents.Format FORMAT =
      new TraceEvents.Format(
          7,
          "test",
          "event",
          List.of(
              new Field("pid", "pid_t", 8, 4, true, 0),
              new Field("flags", "unsigned long", 16, 8, false, 0),
              new Field("comm", "char[8]", 24, 8, false, 8),
              new Field("name", "__data_loc char[]", 32, 4, false, 0),
              new Field("raw", "u8[4]", 36, 4, false, 4)),
          "");

  private static String printed(String format) throws UnknownException {
    ByteBuffer data = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(8, -3).putLong(16, 5).putInt(32, 6 << 16 | 40).putInt(36, 0x04030201);
    data.put(24, "bash\0xx".getBytes(StandardCharsets.ISO_8859_1));
    data.put(40, "there\0".getBytes(StandardCharsets.ISO_8859_1));
    PrintFormat parsed = PrintFormat.parse(format);
    return Printf.format(
        parsed.format(),
        new PrintExpressions(parsed, new FieldReader(FORMAT, data)).all(),
        address -> "function_at_" + Long.toHexString(address));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '`',
      textBlock =
          """
          "pid=%d comm=%s", REC->pid, REC->comm @ pid=-3 comm=bash
          "%u %x %lx %hhx", REC->pid, REC->pid, REC->pid, REC->pid @ 4294967293 fffffffd fffffffffffffffd fd
          "[%5d|%-5d|%05d|%#lx]", REC->pid, REC->pid, REC->pid, REC->flags @ [   -3|-3   |-0003|0x5]
          "%s", __get_str(name) @ there
          "%s", __print_symbolic(REC->flags, { 1, "one" }, { 5, "five" }) @ five
          "%s", __print_symbolic(REC->flags, { 1, "one" }) @ 0x5
          "%s", __print_flags(REC->flags, "|", { 0x1UL, "A" }, { 0x2, "B" }) @ A|0x4
          "%s", (REC->flags & (4 << 1)) ? "yes" : "no" @ no
          "%lu", (REC->flags + 3) * 2 % 7 @ 2
          "%d %d", (int)REC->flags == 5 && !0, (u8)REC->pid @ 1 253
          "%s", __print_hex(REC->raw, 2) @ 01 02
          "%s", __print_array(REC->raw, 2, 2) @ {0x201,0x403}
          "%ps 100%%", (void *)REC->flags @ function_at_5 100%
          "%c%.2s" "!", 'x', REC->comm @ xba!
          """)
  void printsAsTheKernelDoes(String format, String expected) throws Exception {
    assertThat(printed(format.strip())).isEqualTo(expected);
  }

  /** Such events are shown field by field. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"%pI4\", REC->flags",
        "\"%d\", REC->none",
        "\"%d\", some_function(REC->pid)",
        "\"%d\", REC->pid / 0",
        "\"%d\", ((((",
        "\"%d\"",
        "\"%s\", REC->flags",
        "\"%d\", @"
      })
  void tellsWhatIsBeyondIt(String format) {
    assertThatThrownBy(() -> printed(format)).isInstanceOf(UnknownException.class);
  }

  @Test
  void endsWhereParenthesesAreDeep() {
    String deep = "\"%d\", " + "(".repeat(100_000) + "1" + ")".repeat(10);
    assertThatThrownBy(() -> printed(deep)).isInstanceOf(UnknownException.class);
    String unary = "\"%d\", " + "-".repeat(50_000) + "1";
    assertThatThrownBy(() -> printed(unary)).isInstanceOf(UnknownException.class);
  }
}
