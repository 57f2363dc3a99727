package org.vmcore.gdbstub.linux.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.vmcore.gdbstub.linux.trace.PrintFormat.UnknownException;
import org.vmcore.gdbstub.linux.trace.TraceEvents.Field;

/** The fields of an event. */
final class FieldReader {
  private final TraceEvents.Format format;
  private final ByteBuffer data;

  FieldReader(TraceEvents.Format format, ByteBuffer data) {
    this.format = format;
    this.data = data;
  }

  /** A number, text or, of other arrays, bytes. */
  Object value(String name) throws UnknownException {
    Field field = field(name);
    if (field.type().startsWith("__data_loc") || field.type().startsWith("__rel_loc")) {
      byte[] bytes = dynamic(name);
      return field.type().contains("char") ? text(bytes) : bytes;
    }
    boolean array = field.type().indexOf('[') >= 0;
    if (array) {
      int size = field.size() == 0 ? data.limit() - field.offset() : field.size();
      byte[] bytes = bytes(field.offset(), size);
      return field.type().startsWith("char") ? text(bytes) : bytes;
    }
    return number(field.offset(), field.size(), field.signed());
  }

  /** Of such as {@code __data_loc char[] name}: the offset and, in the upper half, the length. */
  byte[] dynamic(String name) throws UnknownException {
    Field field = field(name);
    long place = number(field.offset(), Integer.BYTES, false);
    int offset = (int) (place & 0xffff);
    if (field.type().startsWith("__rel_loc")) {
      offset += field.offset() + Integer.BYTES;
    }
    return bytes(offset, (int) (place >>> Short.SIZE));
  }

  private Field field(String name) throws UnknownException {
    return format.field(name).orElseThrow(() -> new UnknownException("no field " + name));
  }

  /** A number somewhere in the event. */
  long number(int offset, int size, boolean signed) throws UnknownException {
    if (offset < 0 || offset + size > data.limit()) {
      throw new UnknownException("the event is short");
    }
    return switch (size) {
      case 1 -> signed ? data.get(offset) : Byte.toUnsignedLong(data.get(offset));
      case 2 -> signed ? data.getShort(offset) : Short.toUnsignedLong(data.getShort(offset));
      case 4 -> signed ? data.getInt(offset) : Integer.toUnsignedLong(data.getInt(offset));
      case 8 -> data.getLong(offset);
      default -> throw new UnknownException("a number of %d bytes".formatted(size));
    };
  }

  /** Numbers of one size that stand in a row. */
  long[] numbers(byte[] bytes, int size) throws UnknownException {
    long[] numbers = new long[bytes.length / size];
    FieldReader reader = new FieldReader(format, ByteBuffer.wrap(bytes).order(data.order()));
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = reader.number(i * size, size, false);
    }
    return numbers;
  }

  private byte[] bytes(int offset, int length) throws UnknownException {
    if (offset < 0 || length < 0 || offset + length > data.limit()) {
      throw new UnknownException("the event is short");
    }
    byte[] bytes = new byte[length];
    data.get(offset, bytes);
    return bytes;
  }

  static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(Arrays.copyOf(bytes, end), ISO_8859_1);
  }
}
