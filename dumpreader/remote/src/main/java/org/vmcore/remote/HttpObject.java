package org.vmcore.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An object of an HTTP server that sends ranges (RFC 9110, "Range Requests").
 *
 * <p>Each piece is asked for with {@code If-Range} where the object has a strong entity tag, and
 * each answer is held against the size, the tag and the time that the first one told.
 */
final class HttpObject implements RemoteObject {
  /** The first piece: headers, bitmap and the first page descriptors of most dumps. */
  private static final int HEAD = 512 << 10;

  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int NOT_SATISFIABLE = 416;

  /** RFC 9110, "Content-Range"; a server may leave the length open. */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (?<first>\\d{1,18})-(?<last>\\d{1,18})/(?<size>\\d{1,18})");

  private final RemoteUri uri;
  private final HttpExchange exchange;
  private final Retries retries;
  private final Traffic traffic;
  private final Validators opened;
  private final long size;
  private final byte[] head;

  /** What an answer says of which bytes it speaks of. */
  private record Validators(String tag, String modified) {
    static Validators of(HttpExchange.Answer answer) {
      return new Validators(answer.header("ETag"), answer.header("Last-Modified"));
    }

    boolean isStrong() {
      return tag.startsWith("\"");
    }

    /** A server of several machines may leave one out; what both say must be the same. */
    boolean agrees(Validators other) {
      return agrees(tag, other.tag) && (isStrong() || agrees(modified, other.modified));
    }

    private static boolean agrees(String one, String other) {
      return one.isEmpty() || other.isEmpty() || one.equals(other);
    }
  }

  /** The server sends whole objects only. */
  static final class NoRangesException extends IOException {
    private static final long serialVersionUID = 1;

    NoRangesException(String name) {
      super(name + ": the server sends no ranges");
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Written once, never compared.
  private record Piece(HttpExchange.Answer answer, byte[] bytes) {}

  private HttpObject(
      RemoteUri uri,
      HttpExchange exchange,
      Retries retries,
      Traffic traffic,
      Validators opened,
      long size,
      byte[] head) {
    this.uri = uri;
    this.exchange = exchange;
    this.retries = retries;
    this.traffic = traffic;
    this.opened = opened;
    this.size = size;
    this.head = head;
  }

  /**
   * Asks for its first bytes.
   *
   * @throws NoRangesException when only the whole can be had
   * @throws IOException when it cannot be had
   */
  static HttpObject open(RemoteUri uri, HttpExchange exchange, Retries retries, Traffic traffic)
      throws IOException {
    return retries.run(
        () -> {
          Piece first = piece(exchange, 0, HEAD, "", traffic);
          Validators validators = Validators.of(first.answer());
          long size = sizeOf(uri, exchange, first);
          return new HttpObject(uri, exchange, retries, traffic, validators, size, first.bytes());
        },
        traffic);
  }

  private static long sizeOf(RemoteUri uri, HttpExchange exchange, Piece first) throws IOException {
    HttpExchange.Answer answer = first.answer();
    requireIdentity(uri, answer);
    if (answer.status() == NOT_SATISFIABLE && answer.header("Content-Range").equals("bytes */0")) {
      return 0;
    }
    if (answer.status() == OK) {
      if (isSmall(answer.headers()) && isOfRanges(answer.headers())) {
        return first.bytes().length;
      }
      throw new NoRangesException(uri.shown());
    }
    if (answer.status() != PARTIAL) {
      throw new IOException(exchange.failure(answer));
    }
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range"));
    if (!range.matches() || Long.parseLong(range.group("first")) != 0) {
      throw new NoRangesException(uri.shown());
    }
    long size = Long.parseLong(range.group("size"));
    long last = Long.parseLong(range.group("last"));
    if (last >= size || first.bytes().length != last + 1) {
      throw wrongLength(uri, first.bytes().length, last + 1);
    }
    return size;
  }

  /** Some servers send the whole of what is as short as the range. */
  private static boolean isSmall(HttpHeaders headers) {
    long length = headers.firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE);
    return length <= HEAD;
  }

  private static boolean isOfRanges(HttpHeaders headers) {
    return headers.firstValue("Accept-Ranges").filter("bytes"::equals).isPresent();
  }

  private static void requireIdentity(RemoteUri uri, HttpExchange.Answer answer)
      throws IOException {
    String encoding = answer.header("Content-Encoding");
    if (!encoding.isEmpty() && !encoding.equals("identity")) {
      throw new IOException(
          "%s: the server sends it encoded (%s) though it was asked not to; fetch it yourself"
              .formatted(uri.shown(), encoding.replaceAll("[^\\w-]", "?")));
    }
  }

  private static Retries.TemporaryException wrongLength(RemoteUri uri, long got, long wanted) {
    return new Retries.TemporaryException(
        "%s: the server sent %d bytes for a range of %d".formatted(uri.shown(), got, wanted),
        Duration.ZERO);
  }

  private static Piece piece(
      HttpExchange exchange, long position, int length, String ifRange, Traffic traffic)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(length);
    HttpExchange.Answer answer =
        exchange.get(
            request -> {
              request.header("Range", "bytes=" + position + "-" + (position + length - 1));
              if (!ifRange.isEmpty()) {
                request.header("If-Range", ifRange);
              }
            },
            (status, headers) ->
                status == PARTIAL || (status == OK && position == 0 && isSmall(headers))
                    ? LimitedBody.into(bytes, length)
                    : LimitedBody.none(),
            traffic);
    return new Piece(answer, bytes.toByteArray());
  }

  @Override
  public String name() {
    return uri.shown();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Optional<String> version() {
    if (opened.isStrong()) {
      return Optional.of(opened.tag());
    }
    return opened.modified().isEmpty()
        ? Optional.empty()
        : Optional.of(opened.tag() + " of " + opened.modified());
  }

  @Override
  public byte[] head() {
    return head;
  }

  @Override
  public byte[] fetch(long position, int length) throws IOException {
    byte[] all = new byte[length];
    int done = 0;
    while (done < length) {
      // A server may send less than the range, from its start.
      long at = position + done;
      int left = length - done;
      byte[] got = retries.run(() -> checked(at, left), traffic);
      System.arraycopy(got, 0, all, done, got.length);
      done += got.length;
    }
    return all;
  }

  private byte[] checked(long position, int length) throws IOException {
    Piece piece = piece(exchange, position, length, opened.isStrong() ? opened.tag() : "", traffic);
    HttpExchange.Answer answer = piece.answer();
    if (answer.status() == OK || answer.status() == NOT_SATISFIABLE || answer.status() == 412) {
      throw new ChangedException(name());
    }
    if (answer.status() != PARTIAL) {
      throw new IOException(exchange.failure(answer));
    }
    requireIdentity(uri, answer);
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range"));
    if (!range.matches() || Long.parseLong(range.group("first")) != position) {
      throw new IOException(name() + ": the server answers with another range than was asked for");
    }
    if (Long.parseLong(range.group("size")) != size || !opened.agrees(Validators.of(answer))) {
      throw new ChangedException(name());
    }
    long told = Long.parseLong(range.group("last")) - position + 1;
    if (piece.bytes().length == 0 || piece.bytes().length != told) {
      throw wrongLength(uri, piece.bytes().length, told);
    }
    return piece.bytes();
  }

  @Override
  public void close() {
    // The JDK's client ends with the last of its users.
  }
}
