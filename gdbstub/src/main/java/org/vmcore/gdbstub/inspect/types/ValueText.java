package org.vmcore.gdbstub.inspect.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/** Values as gdb prints them for crash, over several lines. */
final class ValueText {
  /** {@code set print elements} as crash has it. */
  private static final int MAX_ELEMENTS = 256;

  /** The biggest objects of a kernel need less. */
  private static final int MAX_TEXT = 8 << 20;

  private static final int HEXADECIMAL = 16;

  private final int radix;
  private final StringBuilder text = new StringBuilder();

  private ValueText(int radix) {
    this.radix = radix;
  }

  /**
   * A value, its first line without indentation.
   *
   * @param radix of integers, 10 or 16
   * @param indent of its further lines, in spaces
   */
  static String of(Value value, int radix, int indent) {
    ValueText text = new ValueText(radix);
    text.print(value, indent);
    return text.text.toString();
  }

  private void print(Value value, int indent) {
    if (text.length() > MAX_TEXT) {
      text.append("...");
    } else if (value instanceof Value.Struct struct) {
      if (struct.members().isEmpty()) {
        text.append("{<No data fields>}");
      } else {
        print(struct.members(), indent);
      }
    } else if (value instanceof Value.Elements array) {
      print(array, indent);
    } else if (value instanceof Value.Endless array) {
      // One of any number of elements: gdb tells where it is.
      text.append("0x").append(Long.toHexString(array.address()));
    } else if (value instanceof Value.Characters characters) {
      print(characters);
    } else if (value instanceof Value.Pointer pointer) {
      print(pointer);
    } else if (value instanceof Value.Whole whole) {
      print(whole);
    } else if (value instanceof Value.Flag flag && radix == HEXADECIMAL) {
      text.append(flag.set() ? "0x1" : "0x0");
    } else {
      text.append(value.tree());
    }
  }

  private void print(List<Value.Member> members, int indent) {
    text.append('{');
    String separator = "\n";
    for (Value.Member member : members) {
      text.append(separator).append(" ".repeat(indent + 2));
      if (!member.name().isEmpty()) {
        text.append(member.name()).append(" = ");
      }
      print(member.value(), indent + 2);
      separator = ",\n";
    }
    text.append('\n').append(" ".repeat(indent)).append('}');
  }

  private void print(Value.Elements array, int indent) {
    text.append('{');
    int count = Math.min(array.elements().size(), MAX_ELEMENTS);
    for (int i = 0; i < count && text.length() < MAX_TEXT; i++) {
      text.append(i == 0 ? "" : ", ");
      print(array.elements().get(i), array.ofStructs() ? indent + 2 : indent);
    }
    text.append(array.count() > count ? "..." : "").append('}');
  }

  private void print(Value.Characters characters) {
    byte[] bytes = characters.bytes().getBytes(ISO_8859_1);
    int length = Math.min(bytes.length, MAX_ELEMENTS);
    boolean whole = length == characters.count();
    int shown = whole && bytes[length - 1] == 0 ? length - 1 : length;
    text.append(Scalar.quoted(bytes, shown)).append(whole ? "" : "...");
  }

  private void print(Value.Pointer pointer) {
    String address = "0x" + Long.toHexString(pointer.address());
    text.append(address);
    pointer.symbol().ifPresent(name -> text.append(" <").append(name).append('>'));
    if (pointer.string().isPresent()) {
      byte[] string = pointer.string().get().getBytes(ISO_8859_1);
      text.append(' ').append(Scalar.quoted(string, Math.min(string.length, MAX_ELEMENTS)));
      text.append(string.length > MAX_ELEMENTS ? "..." : "");
    } else if (pointer.unreadable()) {
      text.append(" <error: Cannot access memory at address ").append(address).append('>');
    }
  }

  private void print(Value.Whole whole) {
    if (whole.bytes() > Long.BYTES) {
      text.append("0x").append(whole.number().toString(HEXADECIMAL));
    } else if (radix == HEXADECIMAL) {
      long bits = Scalar.zeroExtended(whole.number().longValue(), whole.bytes());
      text.append("0x").append(Long.toHexString(bits));
    } else {
      text.append(whole.number());
      if (whole.character()) {
        char shown = (char) (whole.number().intValue() & 0xff);
        text.append(" '").append(Scalar.escaped(shown, '\'')).append('\'');
      }
    }
  }
}
