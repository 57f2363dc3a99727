package org.vmcore.gdbstub.linux.pstore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KmsgRecordTest {
  private static final String TEXT = "Panic#1 Part1\n" + "<4>[    1.0] a line\n".repeat(100);

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static KmsgRecord parsed(byte[] content) {
    return KmsgRecord.parse(content).orElseThrow();
  }

  private static byte[] compressed(boolean raw) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes("====1764439200.000123-C\n"));
    try (DeflaterOutputStream deflated =
        new DeflaterOutputStream(out, new Deflater(Deflater.DEFAULT_COMPRESSION, raw))) {
      deflated.write(bytes(TEXT));
    }
    return out.toByteArray();
  }

  @Test
  void aPlainOneIsWhatFollowsItsHeader() {
    KmsgRecord record = parsed(bytes("====1764439200.000123-D\n" + TEXT));

    assertThat(record.text()).isEqualTo(bytes(TEXT));
    assertThat(record.time()).contains(Instant.ofEpochSecond(1764439200, 123_000));
    assertThat(parsed(bytes("====1764439200.000123\n" + TEXT)).text())
        .as("of old kernels")
        .isEqualTo(bytes(TEXT));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCompressedOneIsInflatedWithZlibsHeaderAndWithout(boolean raw) throws Exception {
    KmsgRecord record = parsed(compressed(raw));

    assertThat(record.inflated()).isTrue();
    assertThat(record.text()).isEqualTo(bytes(TEXT));
  }

  @Test
  void whatCannotBeInflatedIsLeftAsItIs() {
    KmsgRecord record = parsed(bytes("====1764439200.000123-C\n\377\377\377\377"));

    assertThat(record.inflated()).isFalse();
    assertThat(record.text()).isEqualTo(bytes("\377\377\377\377"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "====", "===12.1-C\n", "====12.1-C", "====99999999999999999999.1-C\n"})
  void whatHasNoHeaderIsNone(String text) {
    assertThat(KmsgRecord.parse(bytes(text))).isEmpty();
  }

  @Test
  void aTimeBeyondAllTimesIsNone() {
    assertThat(parsed(bytes("====999999999999999999.1-D\n")).time()).isEmpty();
  }
}
