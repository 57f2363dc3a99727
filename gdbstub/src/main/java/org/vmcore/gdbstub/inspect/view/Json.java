package org.vmcore.gdbstub.inspect.view;

import com.google.gson.stream.JsonWriter;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Map;
import org.vmcore.gdbstub.Visible;

/**
 * Writes records as JSON, which is made from their components ({@link Fields}) and has no layout of
 * its own. It may reach a terminal: what is not safe there is escaped as JSON has it.
 */
public final class Json {
  private final JsonWriter json;

  /** Writes one document. */
  public Json(Writer out) {
    this.json = new JsonWriter(new Escaping(out));
    this.json.setIndent("  ");
    this.json.setHtmlSafe(false);
  }

  /** A document of its own, with the end of its last line. */
  public static String of(Object value) {
    StringWriter text = new StringWriter();
    new Json(text).value(value);
    return text.append('\n').toString();
  }

  /**
   * A whole document of a kind, with the end of its last line.
   *
   * @param query what was asked for
   * @param version of the form of its answer
   */
  public static void document(Writer out, String query, int version, Record answer) {
    Json json = new Json(out);
    json.beginObject();
    json.member("query", query);
    json.member("version", version);
    json.members(answer);
    json.endObject();
    json.flush();
    unchecked(() -> out.write("\n"));
  }

  /** A work of the encoder that may fail when it writes. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private static void unchecked(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void beginObject() {
    unchecked(json::beginObject);
  }

  public void endObject() {
    unchecked(json::endObject);
  }

  public void beginArray() {
    unchecked(json::beginArray);
  }

  public void endArray() {
    unchecked(json::endArray);
  }

  public void name(String name) {
    unchecked(() -> json.name(name));
  }

  /** The components of a record as members of the object that was begun. */
  public void members(Record record) {
    Fields.of(record).forEach(this::member);
  }

  /** A member of the object that was begun. */
  public void member(String name, Object value) {
    name(name);
    value(value);
  }

  /** A record, map, list, text, number or boolean; or what writes itself. */
  public void value(Object value) {
    if (value instanceof Streamed streamed) {
      streamed.writeTo(this);
    } else if (value instanceof Record record) {
      beginObject();
      members(record);
      endObject();
    } else if (value instanceof Map<?, ?> map) {
      beginObject();
      map.forEach((key, one) -> member(Fields.scalar(key).toString(), one));
      endObject();
    } else if (value instanceof Iterable<?> all) {
      beginArray();
      all.forEach(this::value);
      endArray();
    } else {
      scalar(Fields.scalar(value));
    }
  }

  private void scalar(Object value) {
    unchecked(
        () -> {
          if (value instanceof Double number && !Double.isFinite(number)) {
            json.nullValue();
          } else if (value instanceof Number number) {
            json.value(number);
          } else if (value instanceof Boolean flag) {
            json.value(flag.booleanValue());
          } else {
            json.value(value.toString());
          }
        });
  }

  /** Hands on what was written so far. */
  public void flush() {
    unchecked(json::flush);
  }

  /** What is not in memory as a whole. */
  public interface Streamed {
    void writeTo(Json json);
  }

  /** Between the quotes of strings alone there is anything but ASCII in JSON. */
  private static final class Escaping extends FilterWriter {
    Escaping(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      boolean safe = c == '\n' || (c < Character.MIN_SURROGATE && Visible.isSafe(c));
      if (safe) {
        out.write(c);
      } else {
        out.write("\\u%04x".formatted(c));
      }
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      write(new String(text, from, length), 0, length);
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      int written = from;
      for (int i = from; i < from + length; i++) {
        char c = text.charAt(i);
        if (c != '\n' && (c >= Character.MIN_SURROGATE || !Visible.isSafe(c))) {
          out.write(text, written, i - written);
          write((int) c);
          written = i + 1;
        }
      }
      out.write(text, written, from + length - written);
    }
  }
}
