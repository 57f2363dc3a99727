package org.vmcore.gdbstub.linux.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.arch.api.MissingFactException;

/** The logs of kernels before 5.10, laid out by hand as their printk.c did. */
class OlderLogsTest {
  private static final int BUFFER = 0x1000;
  private static final int HEAD = 16;

  /** Variables at 0: log_buf, log_buf_len, log_first_idx, log_next_idx. */
  private static LogImage records(ByteOrder order, int word, String head, int first, int next) {
    return new LogImage(order, word)
        .symbol("log_buf", 0)
        .symbol("log_buf_len", 8)
        .symbol("log_first_idx", 12)
        .symbol("log_next_idx", 16)
        .pointer(0, BUFFER)
        .int32(8, 256)
        .int32(12, first)
        .int32(16, next)
        .tells("SIZE(%s)=%d".formatted(head, HEAD))
        .tells("OFFSET(%s.ts_nsec)=0".formatted(head))
        .tells("OFFSET(%s.len)=8".formatted(head))
        .tells("OFFSET(%s.text_len)=10".formatted(head))
        .tells("OFFSET(%s.dict_len)=12".formatted(head));
  }

  /** struct printk_log: u64 ts_nsec; u16 len, text_len, dict_len; u8 facility; u8 flags, level. */
  private static LogImage record(LogImage image, int at, int length, int level, String text) {
    int head = BUFFER + at;
    return image
        .int64(head, 1_500_000_000L + at)
        .int16(head + 8, length)
        .int16(head + 10, text.length())
        .int16(head + 12, 3)
        .int8(head + 14, level == 6 ? 0 : 3)
        .level(head + 15, 2, level)
        .text(head + HEAD, text + "k=v");
  }

  @ParameterizedTest
  @CsvSource({
    "LITTLE_ENDIAN, 8, printk_log",
    "LITTLE_ENDIAN, 4, log",
    "BIG_ENDIAN, 8, printk_log",
    "BIG_ENDIAN, 4, log"
  })
  void recordsGoOnAtTheStartBehindALengthOfZero(String order, int word, String head)
      throws Exception {
    ByteOrder bytes = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    LogImage image = records(bytes, word, head, 160, 32);
    record(image, 160, 40, 6, "oldest");
    record(image, 200, 36, 4, "two\nlines");
    record(image, 0, 32, 0, "newest");

    KernelLog log = image.read();

    assertThat(log.problem()).isEmpty();
    assertThat(log.records())
        .extracting(LogRecord::text)
        .containsExactly("oldest", "two\nlines", "newest");
    assertThat(log.records())
        .extracting(r -> r.level().orElseThrow() + " " + r.facility().orElseThrow())
        .containsExactly("6 0", "4 3", "0 3");
    assertThat(log.records().get(1).nanoseconds()).hasValue(1_500_000_200L);
    assertThat(log.records().get(1).caller()).isEmpty();
  }

  /** With CONFIG_PRINTK_CALLER of 5.1 to 5.9. */
  @Test
  void aRecordMayTellWhoPrintedIt() throws Exception {
    LogImage image =
        new LogImage(ByteOrder.LITTLE_ENDIAN, 8)
            .symbol("log_buf", 0)
            .symbol("log_buf_len", 8)
            .symbol("log_first_idx", 12)
            .symbol("log_next_idx", 16)
            .pointer(0, BUFFER)
            .int32(8, 256)
            .int32(16, 32)
            .tells("SIZE(printk_log)=24")
            .tells("OFFSET(printk_log.ts_nsec)=0")
            .tells("OFFSET(printk_log.len)=8")
            .tells("OFFSET(printk_log.text_len)=10")
            .tells("OFFSET(printk_log.dict_len)=12")
            .tells("OFFSET(printk_log.caller_id)=16")
            .int16(BUFFER + 8, 32)
            .int16(BUFFER + 10, 2)
            .int32(BUFFER + 16, 0x80000003)
            .text(BUFFER + 24, "hi");

    assertThat(image.read().records())
        .extracting(LogRecord::caller, LogRecord::text)
        .containsExactly(tuple(Optional.of("C3"), "hi"));
  }

  /** enum log_flags: LOG_NEWLINE 2, LOG_PREFIX 4, LOG_CONT 8. */
  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void aLineThatCameInPiecesIsOneMessage(String order) throws Exception {
    ByteOrder bytes = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    LogImage image = records(bytes, 8, "printk_log", 0, 160);
    record(image, 0, 32, 6, "one").level(BUFFER + 15, 8 | 4, 6);
    record(image, 32, 32, 4, " two").level(BUFFER + 32 + 15, 8, 4);
    record(image, 64, 32, 4, " three").level(BUFFER + 64 + 15, 8 | 2, 4);
    record(image, 96, 32, 6, "lonely").level(BUFFER + 96 + 15, 8, 6);
    record(image, 128, 32, 6, "next").level(BUFFER + 128 + 15, 4 | 2, 6);

    assertThat(image.read().records())
        .extracting(r -> r.level().orElseThrow(), LogRecord::text)
        .containsExactly(tuple(6, "one two three"), tuple(6, "lonely"), tuple(6, "next"));
  }

  /** Linux 3.5: struct log ends with u16 level; VMCOREINFO has the four symbols only. */
  @ParameterizedTest
  @CsvSource({"LITTLE_ENDIAN, 8", "BIG_ENDIAN, 8", "LITTLE_ENDIAN, 4"})
  void theFirstRecordsWereNotDescribed(String order, int word) throws Exception {
    ByteOrder bytes = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    LogImage image =
        new LogImage(bytes, word)
            .symbol("log_buf", 0)
            .symbol("log_buf_len", 8)
            .symbol("log_first_idx", 12)
            .symbol("log_next_idx", 16)
            .pointer(0, BUFFER)
            .int32(8, 256)
            .int32(16, 64);
    record(image, 0, 32, 6, "kernel").int16(BUFFER + 14, 6);
    record(image, 32, 32, 3, "daemon").int16(BUFFER + 32 + 14, 3 << 3 | 4);

    assertThat(image.read().records())
        .extracting(r -> r.facility().orElseThrow(), r -> r.level().orElseThrow(), LogRecord::text)
        .containsExactly(tuple(0, 6, "kernel"), tuple(3, 4, "daemon"));
  }

  @Test
  void damagedRecordsEndTheLogAndItIsTold() throws Exception {
    LogImage loop = record(records(ByteOrder.LITTLE_ENDIAN, 8, "log", 64, 8), 64, 40, 6, "ok");
    LogImage tooLong = record(records(ByteOrder.LITTLE_ENDIAN, 8, "log", 64, 8), 64, 18, 6, "ten");
    LogImage outside = records(ByteOrder.LITTLE_ENDIAN, 8, "log", 0x7fffffff, 8);

    assertThat(loop.read().records()).extracting(LogRecord::text).containsExactly("ok");
    assertThat(loop.read().problem()).hasValue("the record at 0 of the buffer cannot be read");
    assertThat(tooLong.read().problem()).hasValue("the record at 64 of the buffer cannot be read");
    assertThat(outside.read().records()).isEmpty();
    assertThat(outside.read().problem()).isPresent();
  }

  private static LogImage text(int size, int end) {
    return new LogImage(ByteOrder.LITTLE_ENDIAN, 4)
        .symbol("log_buf", 0)
        .symbol("log_buf_len", 8)
        .symbol("log_end", 12)
        .symbol("logged_chars", 16)
        .pointer(0, BUFFER)
        .int32(8, size)
        .int32(12, end);
  }

  @Test
  void textAloneIsTakenApart() throws Exception {
    String text = "<6>[    1.250000] a message\n<27>udevd: no time\nno level\n";

    KernelLog log = text(64, text.length()).text(BUFFER, text).read();

    assertThat(log.problem()).isEmpty();
    assertThat(log.records())
        .containsExactly(
            new LogRecord(
                OptionalLong.empty(),
                OptionalLong.of(1_250_000_000),
                OptionalInt.of(6),
                OptionalInt.of(0),
                Optional.empty(),
                "a message"),
            new LogRecord(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalInt.of(3),
                OptionalInt.of(3),
                Optional.empty(),
                "udevd: no time"),
            new LogRecord(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                "no level"));
  }

  /** 16 bytes, of 21 that were written: what came first is overwritten. */
  @Test
  void textWrapsAround() throws Exception {
    KernelLog wrapped = text(16, 21).text(BUFFER, "end.\ndest\n<4>my ").read();
    KernelLog exactlyFull = text(16, 16).text(BUFFER, "sixteen letters\n").read();

    assertThat(wrapped.records()).extracting(LogRecord::text).containsExactly("dest", "my end.");
    assertThat(exactlyFull.records())
        .extracting(LogRecord::text)
        .containsExactly("sixteen letters");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> text(1 << 30, 21).read())
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("a buffer of 1073741824 bytes");
    assertThatThrownBy(() -> text(0, 21).read()).isInstanceOf(MissingFactException.class);
    assertThatThrownBy(() -> new LogImage(ByteOrder.LITTLE_ENDIAN, 8).read())
        .isInstanceOf(MissingFactException.class)
        .hasMessageContaining("not tell where its log is");
  }
}
