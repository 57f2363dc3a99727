package org.vmcore.mcp;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * Has questions answered, each within a time and a length, and keeps the answers that are being
 * paged.
 */
final class Answers {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int LONGEST = 16 << 20;
  private static final int KEPT = 4;

  /** How long after its last answer a client that has said all is taken to have got all. */
  private static final Duration QUIET = Duration.ofMillis(500);

  private final CrashedMachine machine;
  private final ObjectMapper json = new ObjectMapper();

  private final AtomicInteger busy = new AtomicInteger();
  private volatile long lastAnswer = System.nanoTime();

  private final Map<List<String>, ObjectNode> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, ObjectNode> eldest) {
          return size() > KEPT;
        }
      };

  Answers(CrashedMachine machine) {
    this.machine = machine;
  }

  /** Why a question is not answered, in a sentence for who asked. */
  static final class RefusedException extends Exception {
    RefusedException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * The whole answer, as {@code --json} prints it. Not to be changed.
   *
   * @param name the question's
   * @param words as on the command line
   */
  ObjectNode answer(String name, List<String> words) throws RefusedException {
    List<String> key = new ArrayList<>(words);
    key.add(0, name);
    synchronized (kept) {
      ObjectNode known = kept.get(key);
      if (known != null) {
        return known;
      }
    }
    busy.incrementAndGet();
    try {
      ObjectNode made = make(name, words);
      synchronized (kept) {
        kept.put(key, made);
      }
      return made;
    } finally {
      lastAnswer = System.nanoTime();
      busy.decrementAndGet();
    }
  }

  /** Waits until nothing has been asked for a while. */
  void awaitQuiet() {
    long end = System.nanoTime();
    try {
      while (busy.get() > 0 || System.nanoTime() - Math.max(end, lastAnswer) < QUIET.toNanos()) {
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ObjectNode make(String name, List<String> words) throws RefusedException {
    Query<?> query =
        Queries.named(name).orElseThrow(() -> new RefusedException("there is no tool " + name));
    long end = System.nanoTime() + PATIENCE.toNanos();
    Call.Listener deadline =
        new Call.Listener() {
          @Override
          public void stillBusy() {
            if (System.nanoTime() - end > 0) {
              throw new TooLongException();
            }
          }
        };
    Bounded text = new Bounded();
    try {
      Form.Wish unused = new Form(query).take(words);
      Answering.asJson(query, new Call(machine, deadline), text);
      return (ObjectNode) json.readTree(text.toString());
    } catch (NoAnswerException e) {
      throw new RefusedException(name + ": " + e.getMessage());
    } catch (MissingFactException | KernelReadException e) {
      throw new RefusedException(name + ": " + Answering.reason(e, machine));
    } catch (TooLongException e) {
      throw new RefusedException(
          name + ": no answer within " + PATIENCE.toSeconds() + " seconds; ask for less");
    } catch (UncheckedIOException | IOException e) {
      throw new RefusedException(name + ": " + e.getMessage());
    }
  }

  private static final class TooLongException extends RuntimeException {
    TooLongException() {
      super("too long", null, false, false);
    }
  }

  /** Ends what would fill memory. */
  private static final class Bounded extends StringWriter {
    @Override
    public void write(String text, int from, int length) {
      check(length);
      super.write(text, from, length);
    }

    @Override
    public void write(char[] text, int from, int length) {
      check(length);
      super.write(text, from, length);
    }

    private void check(int length) {
      if (getBuffer().length() + length > LONGEST) {
        throw new UncheckedIOException(
            new IOException("the answer is longer than " + (LONGEST >> 20) + " MiB; ask for less"));
      }
    }
  }
}
