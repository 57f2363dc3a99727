package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Progress;

/** A file on its way from a server. */
final class Download {
  /** As debuginfod's client has it: a server is slow that sends less within its time. */
  private static final long LEAST = 100 << 10;

  /** Left free where the file goes to: other programs need it too. */
  private static final long RESERVE = 256L << 20;

  private static final long POLL_MILLIS = 100;
  private static final int OK = 200;

  private static final String TASK = "downloading vmlinux";

  /** What debuginfod(8) says of the size where it sends the file in chunks. */
  private static final String SIZE_HEADER = "X-DEBUGINFOD-SIZE";

  private final URI uri;
  private final PartFile part;
  private final Patience patience;
  private final long largest;
  private final AtomicLong done = new AtomicLong();
  private volatile boolean answered;
  private volatile OptionalLong size = OptionalLong.empty();

  /**
   * How long a server is waited for.
   *
   * @param connect until it takes the connection
   * @param answer until it answers the request, the time to connect included
   * @param transfer until it has sent {@value #LEAST} bytes more
   */
  record Patience(Duration connect, Duration answer, Duration transfer) {}

  /** A server without the file, in words for people. */
  static final class FailedException extends IOException {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }
  }

  /**
   * @param largest bytes that the file may have
   */
  Download(URI uri, PartFile part, Patience patience, long largest) {
    this.uri = uri;
    this.part = part;
    this.patience = patience;
    this.largest = largest;
  }

  /**
   * Fetches it.
   *
   * @throws FailedException when the server does not have it, does not answer, or it does not fit
   * @throws IOException when it cannot be written
   */
  void run(Progress progress) throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(Redirect.NORMAL)
            .connectTimeout(patience.connect())
            .build();
    CompletableFuture<HttpResponse<Void>> response =
        client.sendAsync(HttpRequest.newBuilder(uri).build(), this::body);
    try {
      int status = await(response, progress);
      if (status != OK) {
        throw new FailedException("does not have it: HTTP " + status);
      }
    } finally {
      response.cancel(true);
      // Whatever came of it, this is over.
      size.ifPresent(total -> progress.update(TASK, total, total));
    }
  }

  private BodySubscriber<Void> body(ResponseInfo head) {
    if (head.statusCode() != OK) {
      return BodySubscribers.replacing(null);
    }
    size = size(head.headers());
    answered = true;
    return new Writer();
  }

  private static OptionalLong size(HttpHeaders headers) {
    try {
      OptionalLong length = headers.firstValueAsLong("Content-Length");
      return length.isPresent() ? length : headers.firstValueAsLong(SIZE_HEADER);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private int await(CompletableFuture<HttpResponse<Void>> response, Progress progress)
      throws IOException, InterruptedException {
    long mark = 0;
    long start = System.nanoTime();
    boolean told = false;
    while (true) {
      try {
        return response.get(POLL_MILLIS, TimeUnit.MILLISECONDS).statusCode();
      } catch (TimeoutException e) {
        long now = System.nanoTime();
        if (answered && !told) {
          told = true;
          start = now;
          progress.say(
              "debuginfod: downloading %s from %s"
                  .formatted(size.isPresent() ? mebibytes(size.getAsLong()) : "it", uri.getHost()));
        }
        if (size.isPresent()) {
          progress.update(TASK, done.get(), Math.max(size.getAsLong(), done.get() + 1));
        }
        if (done.get() - mark >= LEAST) {
          mark = done.get();
          start = now;
        }
        Duration limit = answered ? patience.transfer() : patience.answer();
        if (now - start > limit.toNanos()) {
          throw new FailedException(
              "%s within %d s; DEBUGINFOD_TIMEOUT=SECONDS waits longer"
                  .formatted(
                      answered ? "sent next to nothing" : "did not answer", limit.toSeconds()));
        }
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
      return new FailedException("cannot be reached");
    }
    if (cause instanceof FailedException failed) {
      return failed;
    }
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof ProtocolException || e instanceof RuntimeException) {
        // Whose messages quote what the server said, or are Java's own.
        return new FailedException("its answer is not HTTP");
      }
    }
    return new FailedException(cause == null ? "" : String.valueOf(cause.getMessage()));
  }

  private static String mebibytes(long bytes) {
    return "%.1f MiB".formatted(bytes / (double) (1 << 20));
  }

  /** Refuses what is too large, before there is no room left for others. */
  private void requireRoom(long more) throws IOException {
    if (done.get() + more > largest) {
      throw new FailedException(
          "has more than %s, which is too much (DEBUGINFOD_MAXSIZE)".formatted(mebibytes(largest)));
    }
    // Not of its FileStore, which Java cannot find in a chroot whose root is no mount point.
    long free = part.path().toFile().getUsableSpace() - RESERVE;
    if (more > free) {
      throw new FailedException(
          "needs %s in %s, where there is no room for it"
              .formatted(mebibytes(more), part.path().getParent()));
    }
  }

  /** Writes what comes. */
  private final class Writer implements BodySubscriber<Void> {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private @Nullable Subscription subscription;

    @Override
    public CompletionStage<Void> getBody() {
      return end;
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      try {
        requireRoom(size.orElse(0));
        given.request(Long.MAX_VALUE);
      } catch (IOException e) {
        given.cancel();
        end.completeExceptionally(e);
      }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      try {
        for (ByteBuffer buffer : buffers) {
          int bytes = buffer.remaining();
          requireRoom(bytes);
          part.append(buffer);
          done.addAndGet(bytes);
        }
      } catch (IOException e) {
        if (subscription != null) {
          subscription.cancel();
        }
        end.completeExceptionally(e);
      }
    }

    @Override
    public void onError(Throwable problem) {
      end.completeExceptionally(problem);
    }

    @Override
    public void onComplete() {
      end.complete(null);
    }
  }
}
