package org.vmcore.gdbstub.inspect.query;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * The records of a long answer, each made when it is shown, so that the first is seen before the
 * last is known. Where one cannot be made the list ends, and the answer's notes say why; the first
 * one's failure is that of the question. To be gone through once.
 *
 * @param <T> a record
 */
public final class Rows<T> implements Json.Streamed {
  private final Call call;
  private final Source<T> source;

  /** Makes records. */
  @FunctionalInterface
  public interface Source<T> {
    void forEach(Consumer<T> receiver)
        throws NoAnswerException, MissingFactException, KernelReadException;
  }

  private Rows(Call call, Source<T> source) {
    this.call = call;
    this.source = source;
  }

  /** Records that are still to be made. */
  public static <T> Rows<T> of(Call call, Source<T> source) {
    return new Rows<>(call, source);
  }

  /** Records that are there. */
  public static <T> Rows<T> of(Call call, List<T> rows) {
    return of(call, rows::forEach);
  }

  /** Has each shown; returns how many there were. */
  public int forEach(Consumer<T> shown) {
    int[] count = {0};
    try {
      source.forEach(
          row -> {
            shown.accept(row);
            count[0]++;
            call.shown();
          });
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      if (count[0] == 0) {
        throw new NoFirstRow(e);
      }
      call.notes().incomplete(String.valueOf(e.getMessage()));
    }
    return count[0];
  }

  /** To be called where a part of a record has been shown and the rest takes a while. */
  public void partShown() {
    call.shown();
  }

  /** All of them. */
  public List<T> toList() {
    List<T> all = new ArrayList<>();
    int unused = forEach(all::add);
    return all;
  }

  @Override
  public void writeTo(Json json) {
    json.beginArray();
    int unused =
        forEach(
            row -> {
              json.value(row);
              json.flush();
            });
    json.endArray();
  }

  /** Takes what was the matter with the first row through views, which throw nothing. */
  static final class NoFirstRow extends RuntimeException {
    NoFirstRow(Exception cause) {
      super(cause);
    }

    /** The failure as the question's own. */
    void rethrow() throws NoAnswerException, MissingFactException, KernelReadException {
      if (getCause() instanceof NoAnswerException e) {
        throw e;
      } else if (getCause() instanceof MissingFactException e) {
        throw e;
      } else if (getCause() instanceof KernelReadException e) {
        throw e;
      }
      throw this;
    }
  }
}
