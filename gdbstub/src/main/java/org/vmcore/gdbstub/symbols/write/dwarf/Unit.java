package org.vmcore.gdbstub.symbols.write.dwarf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/** A unit of debug information, whose types are written: functions and variables are to follow. */
public final class Unit {
  /** A function of which {@link #functions} knows nothing. */
  public static final int NO_PROTOTYPE = 0;

  private final DebugInfo debug;
  private final Anchored info;
  private final TypeEntries types;
  private final int lengthAt;
  private final Map<DataType, Integer> derived = new HashMap<>();

  /** Where the entries of numbers of unknown types are, by their bytes; 0 for none. */
  private final int[] numbers = new int[Long.BYTES + 1];

  Unit(DebugInfo debug, TypeEntries types, int lengthAt) {
    this.debug = debug;
    this.info = debug.info;
    this.types = types;
    this.lengthAt = lengthAt;
  }

  /**
   * The functions that the types tell of: pairs of where the name is in the section of strings, and
   * the number of the prototype.
   */
  public int[] functions() {
    return types.functions();
  }

  /** Puts a name into the section of strings, and returns where it is. */
  public int name(byte[] text, int start, int length) {
    return debug.names.text(text, start, length);
  }

  /**
   * A piece of code.
   *
   * @param start from its anchor
   * @param size bytes; 0 for none
   */
  public record Code(Anchor anchor, long start, long size) {
    public static final Code NONE = new Code(Anchor.NONE, 0, 0);

    /** Whether another one begins where this ends. */
    public boolean isBefore(Code other) {
      return other.anchor == anchor && other.start == start + size;
    }
  }

  /**
   * A function, of which no location of what it takes is known.
   *
   * @param name as in the source, where it is in the section of strings
   * @param cold what the compiler moved away from it
   * @param prototype one of {@link #functions}, or {@link #NO_PROTOTYPE}
   */
  public void function(int name, boolean global, Code code, Code cold, int prototype) {
    int options = Shape.NAMED | (global ? Shape.EXTERNAL : 0);
    boolean split = cold.size() > 0;
    if (prototype == NO_PROTOTYPE) {
      begin(split ? Shape.SPLIT_FUNCTION : Shape.FUNCTION, options, name);
      place(code, cold);
    } else {
      types.function(
          typed -> {
            begin(split ? Shape.TYPED_SPLIT_FUNCTION : Shape.TYPED_FUNCTION, options | typed, name);
            place(code, cold);
          },
          prototype);
    }
  }

  private void begin(Shape shape, int options, int name) {
    begin(shape, options);
    info.bytes().u4(name);
  }

  /** Begins an entry, and returns where it is. */
  private int begin(Shape shape, int options) {
    int at = debug.infoEnd();
    info.bytes().u1(debug.abbreviations.code(shape, options));
    return at;
  }

  /** Where the code is. */
  private void place(Code code, Code cold) {
    if (cold.size() == 0) {
      info.address(code.anchor(), code.start());
      info.bytes().uleb(code.size());
      return;
    }
    info.bytes().u4(debug.rangesEnd());
    debug.addRanges(List.of(code, cold));
  }

  /**
   * A variable with its type.
   *
   * @param name where it is in the section of strings
   * @param offset from the anchor
   */
  public void variable(int name, boolean global, DataType type, Anchor anchor, long offset) {
    int at = entry(type);
    int options = Shape.NAMED | (global ? Shape.EXTERNAL : 0) | (at == 0 ? 0 : Shape.TYPED);
    begin(Shape.VARIABLE, options, name);
    info.bytes().uleb(1L + debug.addressBytes).u1(Dwarf.OP_ADDR);
    info.address(anchor, offset);
    if (at != 0) {
      info.bytes().u4(at);
    }
  }

  /** Where the entry of a variable's type is, which is written if it is not one of the table's. */
  private int entry(DataType type) {
    boolean isNumber = type.reference().isEmpty() && type.pointers() == 0 && !type.isArray();
    // By far the most variables are of that kind.
    return isNumber ? number(type) : derived.computeIfAbsent(type, this::derive);
  }

  private int number(DataType type) {
    if (numbers[type.bytes()] == 0) {
      int name = debug.names.text(type.name());
      numbers[type.bytes()] = begin(Shape.BASE, Shape.NAMED);
      info.bytes().u4(name).u1(type.bytes()).u1(Dwarf.ATE_UNSIGNED);
    }
    return numbers[type.bytes()];
  }

  private int derive(DataType type) {
    int at = type.reference().map(TypeRef::id).map(types::written).orElse(0);
    for (int i = 0; i < type.pointers(); i++) {
      int target = at;
      at = begin(Shape.POINTER, target == 0 ? 0 : Shape.TYPED);
      Bytes bytes = info.bytes().u1(type.bytes());
      if (target != 0) {
        bytes.u4(target);
      }
    }
    if (type.isArray()) {
      int element = at;
      at = begin(Shape.ARRAY, element == 0 ? 0 : Shape.TYPED);
      if (element != 0) {
        info.bytes().u4(element);
      }
      subrange(type.count());
    }
    return at;
  }

  private void subrange(long count) {
    if (count > 0) {
      begin(Shape.SUBRANGE, 0);
      info.bytes().uleb(count);
    } else {
      begin(Shape.OPEN_SUBRANGE, 0);
    }
    info.bytes().u1(0);
  }

  /**
   * Ends the unit.
   *
   * @return where in the section each type is, by its number
   */
  public int[] end() {
    types.resolve();
    info.bytes().u1(0);
    info.bytes().setU4(lengthAt, info.size() - lengthAt - Integer.BYTES);
    return types.offsets();
  }
}
