package org.vmcore.gdbstub.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;

/** Values as gdb prints them for crash, over several lines. */
final class ValueText {
  /** {@code set print elements} as crash has it. */
  private static final int MAX_ELEMENTS = 256;

  /** Structs within structs; what is deeper is a circle. */
  private static final int MAX_DEPTH = 64;

  /** The biggest objects of a kernel need less. */
  private static final int MAX_TEXT = 8 << 20;

  private static final int HEXADECIMAL = 16;

  private final SymbolNames symbols;
  private final ByteOrder order;
  private final int radix;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param radix of integers, 10 or 16
   */
  ValueText(SymbolNames symbols, ByteOrder order, int radix) {
    this.symbols = symbols;
    this.order = order;
    this.radix = radix;
  }

  /**
   * A value, its first line without indentation.
   *
   * @param indent of its further lines, in spaces
   */
  String of(KernelObject object, int indent) throws KernelReadException {
    text.setLength(0);
    print(object, indent, 0);
    return text.toString();
  }

  private void print(KernelObject object, int indent, int depth) throws KernelReadException {
    Type type = object.type().resolved();
    if (depth > MAX_DEPTH || text.length() > MAX_TEXT) {
      text.append("...");
    } else if (type instanceof Compound compound) {
      text.append('{');
      List<Field> fields = new ArrayList<>();
      addFields(fields, compound);
      if (fields.isEmpty()) {
        text.append("<No data fields>}");
      } else {
        printMembers(object, fields, indent, depth);
      }
    } else if (type instanceof Type.Array array) {
      printArray(object, array, indent, depth);
    } else if (type instanceof Type.Pointer pointer) {
      printPointer(object, pointer);
    } else if (type instanceof Type.Enumeration enumeration) {
      text.append(Scalar.enumerator(enumeration, object.value()));
    } else if (type instanceof Type.Int integer) {
      printInteger(object, integer);
    } else {
      text.append("<").append(object.type().size().isPresent() ? "not shown" : "incomplete type");
      text.append('>');
    }
  }

  /**
   * A member, or a struct without a name whose members are {@code fields}.
   *
   * @param name empty for such a struct
   */
  private record Field(String name, List<Field> fields) {}

  private static void addFields(List<Field> all, Compound compound) {
    addFields(all, compound, 0);
  }

  private static void addFields(List<Field> all, Compound compound, int depth) {
    for (Member member : compound.members()) {
      if (!member.name().isEmpty()) {
        all.add(new Field(member.name(), List.of()));
      } else if (member.type().get().resolved() instanceof Compound anonymous
          && depth < MAX_DEPTH) {
        List<Field> inside = new ArrayList<>();
        addFields(inside, anonymous, depth + 1);
        all.add(new Field("", inside));
      }
    }
  }

  private void printMembers(KernelObject object, List<Field> fields, int indent, int depth)
      throws KernelReadException {
    String separator = "\n";
    for (Field field : fields) {
      text.append(separator).append(" ".repeat(indent + 2));
      if (!field.name().isEmpty()) {
        text.append(field.name()).append(" = ");
        print(object.member(field.name()), indent + 2, depth + 1);
      } else if (field.fields().isEmpty()) {
        text.append("{<No data fields>}");
      } else {
        text.append('{');
        printMembers(object, field.fields(), indent + 2, depth + 1);
      }
      separator = ",\n";
    }
    text.append('\n').append(" ".repeat(indent)).append('}');
  }

  private void printArray(KernelObject object, Type.Array array, int indent, int depth)
      throws KernelReadException {
    Type element = array.element().get().resolved();
    if (Scalar.isCharacter(element) && array.count() > 0) {
      int length = (int) Math.min(array.count(), MAX_ELEMENTS);
      boolean whole = length == array.count();
      byte[] bytes = object.bytes(length);
      int shown = whole && bytes[length - 1] == 0 ? length - 1 : length;
      text.append(Scalar.quoted(bytes, shown)).append(whole ? "" : "...");
      return;
    }
    if (array.count() == 0) {
      // One of any number of elements: gdb tells where it is.
      text.append("0x").append(Long.toHexString(object.address()));
      return;
    }
    text.append('{');
    long count = Math.min(array.count(), MAX_ELEMENTS);
    boolean nested = element instanceof Compound;
    for (long i = 0; i < count && text.length() < MAX_TEXT; i++) {
      text.append(i == 0 ? "" : ", ");
      print(object.element(i), nested ? indent + 2 : indent, depth + 1);
    }
    text.append(array.count() > count ? "..." : "").append('}');
  }

  private void printPointer(KernelObject object, Type.Pointer pointer) throws KernelReadException {
    long value = object.value();
    text.append("0x").append(Long.toHexString(value));
    if (value == 0) {
      return;
    }
    Type target = pointer.target().get().resolved();
    if (!Scalar.isCharacter(target)) {
      Scalar.pointedAt(symbols, value)
          .ifPresent(found -> text.append(" <").append(found.text()).append('>'));
    } else {
      try {
        byte[] string = object.string().getBytes(ISO_8859_1);
        boolean cut = string.length > MAX_ELEMENTS;
        text.append(' ')
            .append(Scalar.quoted(string, Math.min(string.length, MAX_ELEMENTS)))
            .append(cut ? "..." : "");
      } catch (KernelReadException e) {
        text.append(" <error: Cannot access memory at address 0x")
            .append(Long.toHexString(value))
            .append('>');
      }
    }
  }

  private void printInteger(KernelObject object, Type.Int integer) throws KernelReadException {
    if (integer.bytes() > Long.BYTES) {
      text.append("0x").append(Scalar.unsigned(object.bytes(), order).toString(HEXADECIMAL));
      return;
    }
    long value = object.value();
    if (integer.encoding() == Type.Encoding.BOOLEAN && (value & ~1L) == 0) {
      text.append(value == 1);
    } else if (radix == HEXADECIMAL) {
      text.append("0x").append(Long.toHexString(Scalar.zeroExtended(value, integer.bytes())));
    } else {
      text.append(
          integer.encoding() == Type.Encoding.SIGNED
              ? Long.toString(value)
              : Long.toUnsignedString(value));
      if (Scalar.isCharacter(integer)) {
        text.append(" '").append(Scalar.escaped((int) value & 0xff, '\'')).append('\'');
      }
    }
  }
}
