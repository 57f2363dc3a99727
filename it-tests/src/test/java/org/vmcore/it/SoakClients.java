package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;
import org.vmcore.testing.Truth.Register;

/** Who is at the server of a {@link Soak}. Each lives until it is interrupted or fails. */
final class SoakClients {
  /** What is asked of the monitor: the same as the program's commands print. */
  private static final List<String> QUESTIONS = List.of("ps", "bt -a", "mod", "kmem -s", "mount");

  private static final int MOST_READS = 60;
  private static final int PAUSE_MILLIS = 50;

  private final Program server;
  private final SoakTally tally;
  private final Truth truth;
  private final Place buffer;
  private final Map<String, String> texts = new HashMap<>();

  SoakClients(Program server, RealDump dump, SoakTally tally) {
    this.server = server;
    this.tally = tally;
    this.truth = dump.truth();
    this.buffer = dump.buffer();
    for (String question : QUESTIONS) {
      List<Object> words = new ArrayList<>(List.of(question.split(" ", -1)));
      words.add(1, dump.file());
      texts.put(question, Program.run(words.toArray()).out());
    }
  }

  /** A client, which is run again and again. */
  interface Life {
    void live(Random random) throws IOException, InterruptedException;
  }

  /** A gdb that is killed while an answer is under way. */
  void gdb(Random random) {
    // gdb 13 fails within itself now and then when it is killed while it connects.
    try (GdbMi gdb = GdbMi.connect(server, "-iex", "maint set internal-error corefile no")) {
      for (int i = random.nextInt(MOST_READS); i >= 0; i--) {
        if (random.nextInt(8) == 0) {
          Register register = truth.registers().get(random.nextInt(truth.registers().size()));
          if (!register.name().equals("eflags")) {
            gdb.must("-thread-select " + (register.cpu() + 1));
            tally.compare(
                register.name(),
                Long.toUnsignedString(register.value()),
                gdb.evaluate("(unsigned long)$" + register.name()));
          }
        } else {
          Place place = place(random);
          String bytes = gdb.memory(place.virtual(), place.length());
          tally.compare(place.label(), place.bytes() == null ? "" : place.bytes(), bytes);
        }
      }
      gdb.post("-data-read-memory-bytes %#x %d".formatted(buffer.virtual(), buffer.length()));
    }
  }

  /** Packets, read ahead or not, and what monitor prints; half of the clients die in the middle. */
  void raw(Random random) throws IOException {
    try (RawClient client = RawClient.connect(server.port())) {
      for (int i = random.nextInt(MOST_READS); i >= 0; i--) {
        switch (random.nextInt(12)) {
          case 0 -> {
            String question = QUESTIONS.get(random.nextInt(QUESTIONS.size()));
            tally.compare(
                question, Objects.requireNonNull(texts.get(question)), client.monitor(question));
          }
          case 1 ->
              tally.compare(
                  "the buffer",
                  buffer.knownBytes(),
                  client.ask("m%x,%x".formatted(buffer.virtual(), buffer.length())));
          default -> read(client, place(random));
        }
      }
      if (random.nextBoolean()) {
        client.post("m%x,%x".formatted(buffer.virtual(), buffer.length()));
        client.reset();
      }
    }
  }

  /** One connection that is never left, and a read now and then: whose time is measured. */
  void good(Random random) throws IOException, InterruptedException {
    try (RawClient client = RawClient.connect(server.port())) {
      while (true) {
        long start = System.nanoTime();
        read(client, place(random));
        tally.took(System.nanoTime() - start);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }
  }

  private Place place(Random random) {
    return truth.kernel().get(random.nextInt(truth.kernel().size()));
  }

  private void read(RawClient client, Place place) throws IOException {
    String answer = client.ask("m%x,%x".formatted(place.virtual(), place.length()));
    tally.compare(place.label(), place.bytes() == null ? "E" : place.bytes(), errorOrBytes(answer));
  }

  private static String errorOrBytes(String answer) {
    return answer.startsWith("E") ? "E" : answer;
  }

  /** What is no debugger, or one gone mad. It is hung up on, in time. */
  void hostile(Random random) throws IOException, InterruptedException {
    try (RawClient client = RawClient.silent(server.port())) {
      switch (random.nextInt(7)) {
        case 0 -> {
          byte[] noise = new byte[random.nextInt(1 << 16)];
          random.nextBytes(noise);
          client.send(noise);
        }
        case 1 -> client.send("$mffffffff81000000,1".getBytes(ISO_8859_1));
        case 2 -> client.send(("$" + "m".repeat(1 << 20)).getBytes(ISO_8859_1));
        // Asks for much, and reads nothing.
        case 3 -> {
          for (int i = 0; i < 200; i++) {
            client.post("m%x,8000".formatted(buffer.virtual()));
          }
          TimeUnit.MILLISECONDS.sleep(random.nextInt(2000));
        }
        // Long searches, which are left alone.
        case 4 -> client.post("qSearch:memory:0;ffffffffffffffff;not to be found");
        case 5 -> client.post("qCRC:ffff888000000000,7fffffffffff");
        default -> TimeUnit.MILLISECONDS.sleep(random.nextInt(5000));
      }
      if (random.nextBoolean()) {
        client.reset();
      }
    }
  }
}
