package org.vmcore.gdbstub.inspect.types;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.Type;

/** Single values as gdb writes them. */
final class Scalar {
  /** Bytes of the biggest variables but a few. */
  private static final int MAX_VARIABLE = 16 << 10;

  private static final Pattern LONG_NAMES =
      Pattern.compile("\\b(long long|long|short) (unsigned )?int\\b");

  private Scalar() {}

  /** Whether gdb takes it for a character: any integer of one byte that is no {@code bool}. */
  static boolean isCharacter(Type resolved) {
    return resolved instanceof Type.Int integer
        && integer.bytes() == 1
        && integer.encoding() != Type.Encoding.BOOLEAN;
  }

  /** A byte in a string or between apostrophes. */
  static String escaped(int character, char quote) {
    return switch (character) {
      case 7 -> "\\a";
      case '\b' -> "\\b";
      case '\t' -> "\\t";
      case '\n' -> "\\n";
      case 11 -> "\\v";
      case '\f' -> "\\f";
      case '\r' -> "\\r";
      case '\\' -> "\\\\";
      default -> {
        if (character == quote) {
          yield "\\" + quote;
        }
        boolean printable = character >= ' ' && character <= '~';
        yield printable ? String.valueOf((char) character) : "\\%03o".formatted(character);
      }
    };
  }

  static String quoted(byte[] bytes, int length) {
    StringBuilder text = new StringBuilder("\"");
    boolean octal = false;
    for (int i = 0; i < length; i++) {
      int character = bytes[i] & 0xff;
      // A digit would be read as part of the number before it.
      boolean digit = octal && character >= '0' && character <= '9';
      String shown = digit ? "\\%03o".formatted(character) : escaped(character, '"');
      octal = shown.length() == 4;
      text.append(shown);
    }
    return text.append('"').toString();
  }

  /** The name of a value, or of its bits where the enumeration is one of bits. */
  static String enumerator(Type.Enumeration enumeration, long value) {
    for (Type.Enumerator enumerator : enumeration.enumerators()) {
      if (enumerator.value() == value) {
        return enumerator.name();
      }
    }
    boolean flags = enumeration.enumerators().stream().allMatch(e -> Long.bitCount(e.value()) <= 1);
    if (!flags || value == 0) {
      return Long.toString(value);
    }
    List<String> names = new ArrayList<>();
    long unknown = value;
    for (Type.Enumerator enumerator : enumeration.enumerators()) {
      if ((enumerator.value() & unknown) != 0) {
        names.add(enumerator.name());
        unknown &= ~enumerator.value();
      }
    }
    if (unknown != 0) {
      names.add("unknown: 0x" + Long.toHexString(unknown));
    }
    return names.size() == 1 && unknown != 0
        ? Long.toString(value)
        : "(" + String.join(" | ", names) + ")";
  }

  /**
   * What a pointer points into; empty for anything but the kernel's image and modules. Symbols of
   * type {@code A} are numbers and offsets of per-CPU variables. The kernel's table has no sizes:
   * far behind a variable there may be anything that has no name.
   */
  static Optional<SymbolNames.Located> pointedAt(SymbolNames symbols, long value) {
    return symbols.at(value).filter(found -> !isNumber(found) && (isCode(found) || isNear(found)));
  }

  private static boolean isNumber(SymbolNames.Located found) {
    return Character.toUpperCase(found.symbol().type()) == 'A';
  }

  private static boolean isCode(SymbolNames.Located found) {
    return Character.toUpperCase(found.symbol().type()) == 'T';
  }

  private static boolean isNear(SymbolNames.Located found) {
    return found.offset() < MAX_VARIABLE;
  }

  /**
   * A type's name with its integers as the kernel's source has them: compilers say {@code long
   * unsigned int}.
   */
  static String asWritten(String type) {
    return LONG_NAMES
        .matcher(type)
        .replaceAll(found -> (found.group(2) == null ? "" : "unsigned ") + found.group(1));
  }

  static long zeroExtended(long value, int bytes) {
    return bytes >= Long.BYTES ? value : value & ((1L << (bytes * Byte.SIZE)) - 1);
  }

  /** The number in any number of bytes. */
  static BigInteger unsigned(byte[] bytes, ByteOrder order) {
    byte[] magnitude = bytes.clone();
    if (order == ByteOrder.LITTLE_ENDIAN) {
      for (int i = 0; i < bytes.length; i++) {
        magnitude[i] = bytes[bytes.length - 1 - i];
      }
    }
    return new BigInteger(1, magnitude);
  }
}
