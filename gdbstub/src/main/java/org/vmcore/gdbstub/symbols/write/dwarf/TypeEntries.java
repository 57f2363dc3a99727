package org.vmcore.gdbstub.symbols.write.dwarf;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypeVisitor;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/**
 * The entries of one table of types: each type once, in the order of their numbers. Functions that
 * the table names are kept by their names.
 */
class TypeEntries implements TypeVisitor {
  private static final int NAMED = Shape.NAMED;
  private static final int TYPED = Shape.TYPED;

  private final Bytes info;
  private final int infoStart;
  private final Abbreviations abbreviations;
  private final Names names;
  private final TypeTable table;
  private final int[] baseOffsets;
  private final IntConsumer visits;

  /** Where types of the table have their entries; 0 for those that have none. */
  private int[] offsets = new int[0];

  /**
   * Pairs of where a reference is and which type it is to, of those that came before their type.
   */
  private int[] references = new int[1024];

  private int referenceCount;

  private int[] functions = new int[256];
  private int functionCount;

  /** Begins the entry of the function whose prototype comes next; null where it is a type. */
  private @Nullable IntConsumer function;

  private Shape enumerator = Shape.UNSIGNED_ENUMERATOR;

  /**
   * @param infoStart what is in .debug_info before {@code info}
   * @param baseOffsets where the entries of types with lower numbers are
   */
  TypeEntries(
      Bytes info,
      int infoStart,
      Abbreviations abbreviations,
      Names names,
      TypeTable table,
      int[] baseOffsets) {
    this.info = info;
    this.infoStart = infoStart;
    this.abbreviations = abbreviations;
    this.names = names;
    this.table = table;
    this.baseOffsets = baseOffsets;
    this.visits = table.visits(this);
  }

  /** A table may number its types as they are met: then those that others refer to, as well. */
  void write() {
    for (int id = table.firstId(); id < table.endId(); id++) {
      int index = id - table.firstId();
      if (index >= offsets.length) {
        offsets = Arrays.copyOf(offsets, Math.max(offsets.length * 2, table.endId() - id + index));
      }
      offsets[index] = write(id);
    }
  }

  /** Writes one type, and returns where its entry is; 0 for one that has none. */
  final int write(int id) {
    int at = infoStart + info.size();
    visits.accept(id);
    return infoStart + info.size() > at ? at : 0;
  }

  /** Fills in the references; to be called when all types are written. */
  void resolve() {
    for (int i = 0; i < referenceCount; i++) {
      info.setU4(references[2 * i], offset(references[2 * i + 1]));
    }
    referenceCount = 0;
  }

  /** Where each type of the table has its entry, by its number; those of the base included. */
  int[] offsets() {
    int[] all = Arrays.copyOf(baseOffsets, table.endId());
    System.arraycopy(offsets, 0, all, table.firstId(), table.endId() - table.firstId());
    return all;
  }

  /** Where the entry of a type is; 0 as long as that is not known. */
  int offset(int id) {
    int index = id - table.firstId();
    if (index < 0) {
      return id < baseOffsets.length ? baseOffsets[index + table.firstId()] : 0;
    }
    return index < offsets.length ? offsets[index] : 0;
  }

  /** Where the entry of a type is, once it has been written; 0 for void. */
  int written(int reference) {
    int id = table.target(reference);
    return id == 0 ? 0 : offset(id);
  }

  /** Functions by number: pairs of a name's place in .debug_str and a prototype. */
  int[] functions() {
    return Arrays.copyOf(functions, functionCount);
  }

  /**
   * Writes the entry of a function.
   *
   * @param begin writes it up to what it returns; takes {@link Shape#TYPED} or, for void, 0
   */
  void function(IntConsumer begin, int prototype) {
    function = begin;
    visits.accept(prototype);
    function = null;
  }

  private static int typed(int target) {
    return target == 0 ? 0 : TYPED;
  }

  private void begin(Shape shape, int name, int options) {
    if (name == 0) {
      info.u1(abbreviations.code(shape, options));
    } else {
      info.u1(abbreviations.code(shape, options | NAMED)).u4(name);
    }
  }

  /** That a type is referred to which has no entry yet; here all get one. */
  void isNeeded(int id) {}

  private void type(int target) {
    if (target == 0) {
      return;
    }
    int known = offset(target);
    if (known == 0) {
      if (references.length < 2 * referenceCount + 2) {
        references = Arrays.copyOf(references, references.length * 2);
      }
      references[2 * referenceCount] = info.size();
      references[2 * referenceCount++ + 1] = target;
      isNeeded(target);
    }
    info.u4(known);
  }

  @Override
  public int name(String text) {
    return names.text(text);
  }

  @Override
  public int names(Object owner, byte[] from, int start, int length) {
    return names.table(owner, from, start, length);
  }

  @Override
  public void integer(int name, Type.Int type) {
    begin(Shape.BASE, name, 0);
    info.u1(type.bytes()).u1(encoding(type));
  }

  /** Types tell {@code char} by nothing but its name; debuggers print text by the encoding. */
  private static int encoding(Type.Int type) {
    boolean isChar = type.bytes() == 1 && type.name().endsWith("char");
    return switch (type.encoding()) {
      case BOOLEAN -> Dwarf.ATE_BOOLEAN;
      case SIGNED -> isChar ? Dwarf.ATE_SIGNED_CHAR : Dwarf.ATE_SIGNED;
      case UNSIGNED -> isChar ? Dwarf.ATE_UNSIGNED_CHAR : Dwarf.ATE_UNSIGNED;
    };
  }

  @Override
  public void floating(int name, int bytes) {
    begin(Shape.BASE, name, 0);
    info.u1(bytes).u1(Dwarf.ATE_FLOAT);
  }

  @Override
  public void pointer(int reference, int bytes) {
    int target = table.target(reference);
    begin(Shape.POINTER, 0, typed(target));
    info.u1(bytes);
    type(target);
  }

  @Override
  public void array(int element, int index, long count) {
    int target = table.target(element);
    begin(Shape.ARRAY, 0, typed(target));
    type(target);
    int indexType = table.target(index);
    begin(count > 0 ? Shape.SUBRANGE : Shape.OPEN_SUBRANGE, 0, typed(indexType));
    if (count > 0) {
      info.uleb(count);
    }
    type(indexType);
    end();
  }

  @Override
  public void compound(Compound.Kind kind, int name, long bytes) {
    begin(kind == Compound.Kind.STRUCT ? Shape.STRUCT : Shape.UNION, name, 0);
    info.uleb(bytes);
  }

  @Override
  public void member(int name, int reference, long bitOffset, int bitWidth) {
    int target = table.target(reference);
    if (bitWidth > 0) {
      begin(Shape.BIT_FIELD, name, typed(target));
      info.u1(bitWidth).uleb(bitOffset);
    } else {
      begin(Shape.MEMBER, name, typed(target));
      info.uleb(bitOffset / Byte.SIZE);
    }
    type(target);
  }

  @Override
  public void enumeration(int name, int bytes, boolean signed, boolean declared) {
    begin(declared ? Shape.DECLARED_ENUMERATION : Shape.ENUMERATION, name, 0);
    info.u1(bytes);
    enumerator = signed ? Shape.SIGNED_ENUMERATOR : Shape.UNSIGNED_ENUMERATOR;
  }

  @Override
  public void enumerator(int name, long value) {
    begin(enumerator, name, 0);
    if (enumerator == Shape.SIGNED_ENUMERATOR) {
      info.sleb(value);
    } else {
      info.uleb(value);
    }
  }

  @Override
  public void forward(Compound.Kind kind, int name) {
    begin(kind == Compound.Kind.STRUCT ? Shape.DECLARED_STRUCT : Shape.DECLARED_UNION, name, 0);
  }

  @Override
  public void typedef(int name, int reference) {
    int target = table.target(reference);
    begin(Shape.TYPEDEF, name, typed(target));
    type(target);
  }

  @Override
  public void qualified(Type.Qualifier qualifier, int reference) {
    int target = table.target(reference);
    begin(
        switch (qualifier) {
          case CONST -> Shape.CONST;
          case VOLATILE -> Shape.VOLATILE;
          case RESTRICT -> Shape.RESTRICT;
        },
        0,
        typed(target));
    type(target);
  }

  @Override
  public void prototype(int returns) {
    int target = table.target(returns);
    if (function == null) {
      begin(Shape.PROTOTYPE, 0, typed(target));
    } else {
      function.accept(typed(target));
    }
    type(target);
  }

  @Override
  public void parameter(int name, int reference) {
    int target = table.target(reference);
    begin(Shape.PARAMETER, name, typed(target));
    type(target);
  }

  @Override
  public void variadic() {
    begin(Shape.MORE_PARAMETERS, 0, 0);
  }

  @Override
  public void function(int name, int prototype) {
    if (functions.length < functionCount + 2) {
      functions = Arrays.copyOf(functions, functions.length * 2);
    }
    functions[functionCount] = name;
    functions[functionCount + 1] = prototype;
    functionCount += 2;
  }

  @Override
  public void end() {
    info.u1(0);
  }
}
