package org.vmcore.gdbstub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LazyTest {
  @Test
  void isComputedOnceForAllWhoAsk() throws Exception {
    AtomicInteger computed = new AtomicInteger();
    Lazy<Integer, RuntimeException> lazy = Lazy.of(computed::incrementAndGet);
    assertThat(lazy.ifComputed()).isNull();

    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<Integer> asking = lazy::get;
      List<Callable<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(asking);
      }
      for (Future<Integer> answer : threads.invokeAll(all)) {
        assertThat(answer.get()).isEqualTo(1);
      }
    } finally {
      threads.shutdown();
    }
    assertThat(lazy.ifComputed()).isEqualTo(1);
  }

  @Test
  void aKnownValueIsReadWhileAnotherIsComputed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Lazy<String, InterruptedException> slow =
        Lazy.of(
            () -> {
              begun.countDown();
              go.await();
              return "slow";
            });
    Lazy<String, RuntimeException> quick = Lazy.of(() -> "quick");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<String> answer = thread.submit(slow::get);
      assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(quick.get()).isEqualTo("quick");
      assertThat(slow.ifComputed()).isNull();
      go.countDown();
      assertThat(answer.get()).isEqualTo("slow");
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void aFailureIsTriedAgain() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    Lazy<String, IOException> lazy =
        Lazy.of(
            () -> {
              if (tries.getAndIncrement() == 0) {
                throw new IOException("not yet");
              }
              return "now";
            });
    assertThatThrownBy(lazy::get).isInstanceOf(IOException.class);
    assertThat(lazy.get()).isEqualTo("now");
  }

  @Test
  void whatNeedsItselfIsABugAndEnds() {
    List<Lazy<String, RuntimeException>> self = new ArrayList<>();
    self.add(Lazy.of(() -> self.get(0).get()));
    assertThatThrownBy(() -> self.get(0).get()).isInstanceOf(IllegalStateException.class);
  }
}
