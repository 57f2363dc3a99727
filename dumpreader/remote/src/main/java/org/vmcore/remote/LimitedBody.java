package org.vmcore.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, handed on as it comes, and refused when there is more than there may be.
 */
final class LimitedBody implements BodySubscriber<Long> {
  private final CompletableFuture<Long> end = new CompletableFuture<>();
  private final long largest;
  private final Sink sink;
  private volatile long lastNanos = System.nanoTime();
  private final boolean wanted;
  private long done;
  private @Nullable Subscription subscription;

  /** Takes bytes in their order. */
  @FunctionalInterface
  interface Sink {
    void take(ByteBuffer bytes) throws IOException;
  }

  LimitedBody(long largest, Sink sink) {
    this.largest = largest;
    this.sink = sink;
    this.wanted = true;
  }

  private LimitedBody() {
    this.largest = 0;
    this.sink = bytes -> {};
    this.wanted = false;
  }

  /** Collects it in memory. */
  static LimitedBody into(ByteArrayOutputStream bytes, long largest) {
    return new LimitedBody(
        largest,
        buffer -> {
          byte[] part = new byte[buffer.remaining()];
          buffer.get(part);
          bytes.writeBytes(part);
        });
  }

  /** For a body that nobody wants: what comes of it ends the connection. */
  static LimitedBody none() {
    return new LimitedBody();
  }

  /** When something came last, by {@link System#nanoTime}. */
  long lastNanos() {
    return lastNanos;
  }

  @Override
  public CompletionStage<Long> getBody() {
    return end;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    lastNanos = System.nanoTime();
    if (!wanted) {
      given.cancel();
      end.complete(0L);
      return;
    }
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    lastNanos = System.nanoTime();
    try {
      for (ByteBuffer buffer : buffers) {
        done += buffer.remaining();
        if (done > largest) {
          throw new IOException("sent more than was asked for");
        }
        sink.take(buffer);
      }
    } catch (IOException e) {
      cancel(e);
    }
  }

  /** Ends it, whatever is still to come. */
  void cancel(IOException reason) {
    Subscription current = subscription;
    if (current != null) {
      current.cancel();
    }
    end.completeExceptionally(reason);
  }

  @Override
  public void onError(Throwable problem) {
    end.completeExceptionally(problem);
  }

  @Override
  public void onComplete() {
    end.complete(done);
  }
}
