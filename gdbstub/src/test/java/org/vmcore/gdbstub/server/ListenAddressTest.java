package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenAddressTest {

  @ParameterizedTest
  @CsvSource({
    "1234,           127.0.0.1:1234",
    ":1234,          127.0.0.1:1234",
    "0,              127.0.0.1:0",
    "0.0.0.0:65535,  0.0.0.0:65535",
    "localhost:1,    localhost:1",
    "[::1]:1234,     [::1]:1234",
    "unix:/tmp/a:b,  unix:/tmp/a:b",
    "stdio,          stdio",
  })
  void understands(String text, String meaning) {
    assertThat(ListenAddress.parse(text)).hasToString(meaning);
    assertThat(ListenAddress.parse(meaning)).isEqualTo(ListenAddress.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''              | expected PORT",
        "65536           | expected PORT",
        "-1              | expected PORT",
        "localhost       | expected PORT",
        "localhost:      | expected PORT",
        "host:12x        | expected PORT",
        "999999999999    | expected PORT",
        "::1:1234        | an IPv6 address goes in brackets: [::1]:1234",
        "[]:1234         | no such host name",
        "[::1:1234       | an IPv6 address goes in brackets",
        "/tmp/sock:1     | no such host name",
        "unix:           | the path is missing",
      })
  void saysWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "': " + message)
        .hasMessageNotContaining("\n");
  }
}
