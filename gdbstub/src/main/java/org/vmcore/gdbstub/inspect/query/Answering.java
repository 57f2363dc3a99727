package org.vmcore.gdbstub.inspect.query;

import java.io.Writer;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;

/** Has a question answered and the answer shown in one of the two views. */
public final class Answering {
  private Answering() {}

  /** The word that a question is called by. */
  public static String name(Query<?> query) {
    return query.getClass().getAnnotation(Command.class).name();
  }

  /** Shows the answer as text, and why it is not all that there is. */
  public static <A> void asText(Query<A> query, Call call, Text out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    BytesQuery.refuseFile(query);
    asText(query, query.answer(call), call.notes(), out);
  }

  /** The same of an answer that is there. */
  public static <A> void asText(Query<A> query, A answer, Notes notes, Text out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    try {
      query.print(answer, out);
    } catch (Rows.NoFirstRow e) {
      e.rethrow();
    }
    notes.incomplete().forEach(sentence -> out.notAll(Optional.of(sentence)));
  }

  /**
   * Shows the answer as JSON: an object with the question's name, the version of its form, what its
   * record has, and why that is not all that there is.
   */
  public static <A> void asJson(Query<A> query, Call call, Writer out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    BytesQuery.refuseFile(query);
    asJson(query, query.answer(call), call.notes(), out);
  }

  /** The same of an answer that is there. */
  public static <A> void asJson(Query<A> query, A answer, Notes notes, Writer out)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Json json = new Json(out);
    json.beginObject();
    json.member("query", name(query));
    json.member("version", query.version());
    try {
      json.members((Record) answer);
    } catch (Rows.NoFirstRow e) {
      e.rethrow();
    }
    json.member("incomplete", notes.incomplete());
    json.endObject();
    json.flush();
  }

  /** The type of a question's answer. */
  public static Class<?> answerType(Query<?> query) {
    for (Class<?> type = query.getClass(); type != null; type = type.getSuperclass()) {
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals("answer") && !method.isBridge()) {
          return method.getReturnType();
        }
      }
    }
    throw new IllegalStateException(query.getClass() + " answers nothing");
  }

  /**
   * Why there is no answer, in a sentence. A module has only the types that it uses; many of the
   * scheduler's and others are private.
   */
  public static String reason(Exception e) {
    boolean absent =
        e instanceof KernelReadException read && read.reason() == KernelReadException.Reason.ABSENT;
    return e.getMessage() + (absent ? ", as far as BTF, --vmlinux or --types tells" : "");
  }

  /** The same of what a machine's dump could not answer, and what the dump lacks. */
  public static String reason(Exception e, CrashedMachine machine) {
    List<String> missing = machine.dump().info().incomplete();
    return missing.isEmpty() ? reason(e) : reason(e) + ". " + String.join(" ", missing);
  }
}
