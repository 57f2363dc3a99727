package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmcore.gdbstub.rsp.TestTarget;
import org.vmcore.gdbstub.rsp.Wire;

@Timeout(180)
class StreamServerTest {
  @Test
  void answersUntilTheInputEnds() throws InterruptedException {
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    in.writeBytes(Wire.frame("?"));
    in.writeBytes(Wire.frame("qC"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    GdbServer server =
        StreamServer.start(
            new ByteArrayInputStream(in.toByteArray()),
            out,
            peer -> new TestTarget(),
            Options.DEFAULT);
    server.awaitClosed();
    assertThat(Wire.parse(out.toByteArray()))
        .containsExactly("+", "T0bthread:2;core:1;", "+", "QC2");
  }

  @Test
  void endsWhenNobodyReads() throws InterruptedException {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    GdbServer server =
        StreamServer.start(
            new ByteArrayInputStream(Wire.frame("?")),
            broken,
            peer -> new TestTarget(),
            Options.DEFAULT);
    server.awaitClosed();
    assertThat(server.port()).isEqualTo(-1);
  }
}
