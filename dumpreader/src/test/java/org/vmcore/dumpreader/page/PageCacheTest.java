package org.vmcore.dumpreader.page;

import org.vmcore.dumpreader.page.PageCache;
import org.vmcore.dumpreader.page.PageUnreadableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.PhysicalFault;

class PageCacheTest {
  private static final int PAGE = 4096;

  private final AtomicInteger loads = new AtomicInteger();

  private byte[] load(long page) {
    loads.incrementAndGet();
    byte[] bytes = new byte[PAGE];
    bytes[0] = (byte) page;
    return bytes;
  }

  @Test
  void keepsAPageUntilItIsAskedForAgain() throws Exception {
    PageCache cache = new PageCache(1 << 20, PAGE);

    assertThat(cache.lookUp(5)).isNull();
    byte[] page = cache.get(5, this::load);

    assertThat(cache.lookUp(5)).isSameAs(page);
    assertThat(cache.get(5, this::load)).isSameAs(page);
    assertThat(loads).hasValue(1);
  }

  @Test
  void keepsNoMoreThanItsBound() throws Exception {
    int bound = 100;
    PageCache cache = new PageCache((long) bound * PAGE, PAGE);
    for (long page = 0; page < 10_000; page++) {
      cache.get(page, this::load);
    }

    int kept = 0;
    for (long page = 0; page < 10_000; page++) {
      byte[] bytes = cache.lookUp(page);
      if (bytes != null) {
        assertThat(bytes[0]).isEqualTo((byte) page);
        kept++;
      }
    }
    assertThat(kept).isBetween(bound * 3 / 4, bound);
  }

  @Test
  void keepsPagesInUseWhileOthersPassThrough() throws Exception {
    PageCache cache = new PageCache(64 * PAGE, PAGE);
    for (long page = 0; page < 1000; page++) {
      cache.get(page, this::load);
      cache.lookUp(0);
    }

    assertThat(cache.lookUp(0)).isNotNull();
  }

  @Test
  void zeroBytesTurnItOff() throws Exception {
    PageCache cache = new PageCache(0, PAGE);

    cache.get(1, this::load);
    cache.get(1, this::load);

    assertThat(loads).hasValue(2);
    assertThat(cache.lookUp(1)).isNull();
  }

  @Test
  void aFailedLoadIsNotKept() {
    PageCache cache = new PageCache(1 << 20, PAGE);
    PageUnreadableException failure =
        new PageUnreadableException(PhysicalFault.Reason.CORRUPT, "torn");

    assertThatThrownBy(
            () ->
                cache.get(
                    1,
                    page -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(cache.lookUp(1)).isNull();
  }

  @Test
  void threadsThatWantOnePageLoadItOnce() throws Exception {
    PageCache cache = new PageCache(1 << 20, PAGE);
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                  for (long page = 0; page < 50; page++) {
                    cache.get(page, this::load);
                  }
                } catch (InterruptedException | PageUnreadableException e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(failures).isEmpty();
    assertThat(loads).hasValue(50);
  }
}
