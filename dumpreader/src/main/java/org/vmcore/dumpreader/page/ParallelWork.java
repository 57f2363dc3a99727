package org.vmcore.dumpreader.page;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Spreads the pieces of one large read over the caller and a small pool shared by all dumps. The
 * caller works too and waits only for pieces that somebody has begun, so a busy pool never holds a
 * read up. Pool threads are never interrupted: that would close the file under everybody.
 */
public final class ParallelWork {
  private static final int HELPERS = Runtime.getRuntime().availableProcessors() - 1;

  private static final ThreadPoolExecutor POOL = newPool();

  private ParallelWork() {}

  private static ThreadPoolExecutor newPool() {
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            Math.max(1, HELPERS),
            Math.max(1, HELPERS),
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "dump-reader-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Runs {@code piece} for 0 to {@code pieces - 1}, in any order, and returns when all are done.
   */
  public static void run(int pieces, IntConsumer piece) {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch pending = new CountDownLatch(pieces);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable worker =
        () -> {
          for (int i = next.getAndIncrement(); i < pieces; i = next.getAndIncrement()) {
            try {
              piece.accept(i);
            } catch (RuntimeException | Error e) {
              failure.compareAndSet(null, e);
            } finally {
              pending.countDown();
            }
          }
        };
    for (int helper = 0; helper < Math.min(HELPERS, pieces - 1); helper++) {
      POOL.execute(worker);
    }
    worker.run();
    awaitUninterruptibly(pending);
    Throwable thrown = failure.get();
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
