package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The warm-up on a stand-in for the server that answers every packet with an empty reply. */
@Timeout(180)
class WarmUpTest {
  @Command(name = "root", mixinStandardHelpOptions = true)
  private static class Root {
    final StringBuilder heard = new StringBuilder();
    boolean fails;

    @SuppressWarnings("UnusedMethod") // picocli calls it
    @Command(name = "serve", mixinStandardHelpOptions = true)
    int serve(
        @Option(names = "--listen") String listen,
        @Option(names = "--once") boolean once,
        @Parameters Path vmcore)
        throws Exception {
      if (fails || Files.size(vmcore) == 0) {
        return 1;
      }
      int port = Integer.parseInt(listen.substring(listen.indexOf(':') + 1));
      try (ServerSocket server = new ServerSocket(port);
          Socket socket = server.accept()) {
        InputStream in = socket.getInputStream();
        for (int c = in.read(); c >= 0; c = in.read()) {
          heard.append((char) c);
          if (c == '#') {
            socket.getOutputStream().write("+$#00".getBytes(StandardCharsets.ISO_8859_1));
          }
        }
      } catch (java.net.SocketException reset) {
        heard.append(" reset");
      }
      return once ? 0 : 2;
    }
  }

  private static int warmUp(Root root) {
    CommandLine standIn = new CommandLine(root).setOut(new PrintWriter(Writer.nullWriter()));
    return new CommandLine(new WarmUp(standIn::execute)).execute();
  }

  @Test
  void holdsAConversationLikeGdbs() {
    Root root = new Root();

    assertThat(warmUp(root)).isZero();

    assertThat(root.heard).contains("$qSupported:").contains("+$?#3f").contains("$g#67");
  }

  @Test
  void endsAtOnceWithTheServersExitCodeWhenThatFails() {
    Root root = new Root();
    root.fails = true;

    assertThat(warmUp(root)).isEqualTo(1);
  }
}
