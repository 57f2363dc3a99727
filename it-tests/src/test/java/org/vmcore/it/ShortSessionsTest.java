package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;
import org.vmcore.testing.Truth.Place;

/** What a server keeps of those who have gone, with default settings. */
@NeedsCorpus
@Tag("slow")
class ShortSessionsTest {
  private static final int CLIENTS = 8;
  private static final int SESSIONS = 10_000;

  /** One session in so many has the kernel's structures walked, too. */
  private static final int PER_QUESTION = 8;

  private static final List<String> QUESTIONS = List.of("kmem -s", "ps", "bt -a", "mod");

  private static final long LIMIT = 400_000_000;

  @ParameterizedTest
  @EnumSource(names = {"ZLIB", "FIVE_LEVELS_ZSTD", "QEMU_ELF"})
  void leaveNoMemoryBehind(CorpusDump dump) throws Exception {
    List<Place> places = dump.truth().kernel();
    AtomicInteger sessions = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);
    try (Program server = Program.serveOptimized(dump.file())) {
      int port = server.port();
      Callable<Void> client =
          () -> {
            for (int i = sessions.getAndIncrement(); i < SESSIONS; i = sessions.getAndIncrement()) {
              debug(port, i, places);
            }
            return null;
          };
      List<Callable<Void>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(client);
      }
      for (Future<Void> future : pool.invokeAll(clients)) {
        future.get();
      }
      long resident = server.residentBytes();
      System.out.printf(
          "%s, %d KiB: %d MiB resident after %d sessions, %d MiB at most%n",
          dump,
          dump.file().toFile().length() >> 10,
          resident >> 20,
          SESSIONS,
          server.peakResidentBytes() >> 20);
      assertThat(resident).isLessThan(LIMIT);
    } finally {
      pool.shutdownNow();
    }
  }

  private static void debug(int port, int session, List<Place> places) throws Exception {
    try (RawClient client = RawClient.connect(port)) {
      Place place = places.get(session % places.size());
      assertThat(client.ask("m%x,%x".formatted(place.virtual(), place.length())))
          .as(place.label())
          .startsWith(place.bytes() == null ? "E" : place.bytes());
      if (session % PER_QUESTION == 0) {
        String question = QUESTIONS.get(session / PER_QUESTION % QUESTIONS.size());
        assertThat(client.monitor(question)).as(question).contains("\n");
      }
    }
  }
}
