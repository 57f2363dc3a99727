package org.vmcore.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * An HTTP server whose answers are damaged at random: in their heads, where they end, and in how
 * the connection is left. What it sends of a body stays as it is, as nobody could tell otherwise.
 */
public final class DamagedAnswers implements AutoCloseable {
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final int LONGEST_REQUEST = 64 << 10;
  private static final int LONG_LINE = 1 << 20;

  private static final List<String> BAD_NUMBERS =
      List.of("", "-1", "0", "1", "+7", "0x10", "1e9", "4294967296", "9223372036854775807");

  private static final List<String> TOO_LONG_NUMBERS =
      List.of("9223372036854775808", "99999999999999999999999", "\u00b2");

  private static final List<String> STATUS =
      List.of(
          "100", "101", "103", "199", "200", "204", "206", "301", "302", "304", "308", "401", "404",
          "412", "416", "429", "500", "503", "600", "999", "2", "20000", "OK");

  private static final List<String> LINES =
      List.of(
          "Transfer-Encoding: chunked",
          "Transfer-Encoding: gzip, chunked",
          "Content-Encoding: gzip",
          "Content-Length: 5",
          "Content-Length: 5, 6",
          "Content-Range: bytes */0",
          "Content-Range: bytes 0-0/1",
          "Content-Range: lines 1-2/3",
          "Accept-Ranges: none",
          "Connection: upgrade",
          "Upgrade: h2c",
          "ETag: \"\033]0;owned\007\"",
          "ETag: W/",
          "Last-Modified: never",
          "Retry-After: 1000000",
          "Location: /",
          "Location: http://[::1",
          "Location: file:///etc/passwd",
          "Location: \033[2J",
          "Set-Cookie: a=b",
          " folded: line",
          ": no name",
          "no colon");

  private final ServerSocket listening;
  private final Random random;
  private final Answer whole;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** What a server in order would send. */
  @FunctionalInterface
  public interface Answer {
    /**
     * Answers one request.
     *
     * @param request its head
     * @return head and body
     */
    byte[] to(String request);
  }

  /** Listens on a port of its own. */
  public DamagedAnswers(Random random, Answer whole) throws IOException {
    this.random = random;
    this.whole = whole;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** Where it is asked. */
  public String uri() {
    return "http://127.0.0.1:" + listening.getLocalPort() + "/";
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listening.accept();
        threads.execute(() -> serve(socket));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String request = head(in); !request.isEmpty(); request = head(in)) {
        socket.getOutputStream().write(damaged(whole.to(request)));
        socket.getOutputStream().flush();
        if (chance(2)) {
          if (chance(4)) {
            socket.setSoLinger(true, 0); // Which makes the end a reset.
          }
          return;
        }
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < LONGEST_REQUEST && head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private synchronized boolean chance(int of) {
    return random.nextInt(of) == 0;
  }

  private synchronized byte[] damaged(byte[] answer) {
    String text = new String(answer, ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    String head = text.substring(0, end);
    for (int i = random.nextInt(3); i > 0; i--) {
      head = damagedHead(head);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.getBytes(ISO_8859_1));
    all.write(answer, end, answer.length - end);
    int length = random.nextInt(4) == 0 ? random.nextInt(all.size() + 1) : all.size();
    return Arrays.copyOf(all.toByteArray(), length);
  }

  private String damagedHead(String head) {
    List<String> lines = new ArrayList<>(List.of(head.split("\r\n", -1)));
    int line = random.nextInt(lines.size());
    switch (random.nextInt(8)) {
      case 0 -> lines.set(0, lines.get(0).replaceFirst("\\d{3}", any(STATUS)));
      case 1 -> lines.set(line, otherNumber(lines.get(line), BAD_NUMBERS));
      case 2 -> lines.set(line, otherNumber(lines.get(line), TOO_LONG_NUMBERS));
      case 3 -> lines.add(1 + random.nextInt(lines.size()), any(LINES));
      case 4 -> lines.add(1 + random.nextInt(lines.size()), lines.get(line));
      case 5 -> lines.remove(line);
      case 6 -> lines.add("X-Long: " + "x".repeat(random.nextInt(LONG_LINE)));
      default -> lines.set(line, flipped(lines.get(line)));
    }
    return String.join("\r\n", lines);
  }

  private String any(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String otherNumber(String line, List<String> numbers) {
    List<MatchResult> found = NUMBER.matcher(line).results().toList();
    if (found.isEmpty()) {
      return line;
    }
    MatchResult one = found.get(random.nextInt(found.size()));
    return line.substring(0, one.start()) + any(numbers) + line.substring(one.end());
  }

  /** With one other character, but no end of a line, which could end the head. */
  private String flipped(String line) {
    if (line.isEmpty()) {
      return line;
    }
    int at = random.nextInt(line.length());
    char other = (char) random.nextInt(0x100);
    return other == '\r' || other == '\n'
        ? line
        : line.substring(0, at) + other + line.substring(at + 1);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
  }
}
