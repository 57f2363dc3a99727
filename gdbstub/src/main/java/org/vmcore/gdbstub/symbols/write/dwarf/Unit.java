package org.vmcore.gdbstub.symbols.write.dwarf;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;

/** The entries of one table of types: each type once, in the order of their numbers. */
final class Unit {
  private final Entries entries;
  private final TypeTable table;
  private final @Nullable Unit base;
  private final BitSet isVoid = new BitSet();
  private int[] offsets = new int[0];

  /** Number of types of which it is known whether they are void. */
  private int known;

  /** Pairs of where a reference ends and which type it is to. */
  private int[] references = new int[1024];

  private int referenceCount;
  private final Map<DataType, Integer> synthetic = new HashMap<>();

  /**
   * @param base the unit of the types with lower numbers
   */
  Unit(Entries entries, TypeTable table, @Nullable Unit base) {
    this.entries = entries;
    this.table = table;
    this.base = base;
  }

  /** A table may number its types as they are met: then those that others refer to, as well. */
  void types() {
    for (int id = table.firstId(); id < table.endId(); id++) {
      int index = id - table.firstId();
      if (index >= offsets.length) {
        offsets = Arrays.copyOf(offsets, Math.max(offsets.length * 2, table.endId() - id + index));
      }
      Type type = table.type(id);
      isVoid.set(index, type instanceof Type.VoidType);
      if (!isVoid.get(index) && !(type instanceof Type.Tagged)) {
        offsets[index] = entries.offset();
        write(type);
      }
      known = index + 1;
    }
  }

  /** Fills in the references; to be called when all types are written. */
  void resolve() {
    for (int i = 0; i < referenceCount; i++) {
      entries.setReference(references[2 * i], offset(references[2 * i + 1]));
    }
  }

  private int offset(int id) {
    int index = id - table.firstId();
    if (index < 0) {
      return base == null ? 0 : base.offset(id);
    }
    return index < offsets.length ? offsets[index] : 0;
  }

  /**
   * The number of the type that an entry can refer to: tags have no entries, as debuggers of today
   * do not know them. 0 for void.
   */
  private int target(TypeRef reference) {
    int id = reference.id();
    for (int i = 0; i < Type.MAX_CHAIN && !isVoid(id); i++) {
      if (!(table.type(id) instanceof Type.Tagged tagged)) {
        return id;
      }
      id = tagged.target().id();
    }
    return 0;
  }

  private boolean isVoid(int id) {
    int index = id - table.firstId();
    if (index < 0) {
      return base == null || base.isVoid(id);
    }
    return index < known ? isVoid.get(index) : table.type(id) instanceof Type.VoidType;
  }

  /** Where the entry of a type is, once it has been written; 0 for void. */
  int written(TypeRef reference) {
    int id = target(reference);
    return id == 0 ? 0 : offset(id);
  }

  /** Ends an entry, with a type unless it is void. */
  private void end(TypeRef type, boolean children) {
    int target = target(type);
    if (target != 0) {
      entries.type(0);
    }
    int end = children ? entries.open() : entries.leaf();
    if (target != 0) {
      if (references.length < 2 * referenceCount + 2) {
        references = Arrays.copyOf(references, references.length * 2);
      }
      references[2 * referenceCount] = end;
      references[2 * referenceCount++ + 1] = target;
    }
  }

  private void write(Type type) {
    if (type instanceof Compound compound) {
      compound(compound);
    } else if (type instanceof Type.Pointer pointer) {
      entries.begin(Dwarf.TAG_POINTER_TYPE).number(Dwarf.AT_BYTE_SIZE, pointer.bytes());
      end(pointer.target(), false);
    } else if (type instanceof Type.Int integer) {
      base(integer.name(), integer.bytes(), encoding(integer));
    } else if (type instanceof Type.Floating floating) {
      base(floating.name(), floating.bytes(), Dwarf.ATE_FLOAT);
    } else if (type instanceof Type.Array array) {
      array(array);
    } else if (type instanceof Type.Enumeration enumeration) {
      enumeration(enumeration);
    } else if (type instanceof Type.Forward forward) {
      entries.begin(tag(forward.kind())).name(forward.name()).flag(Dwarf.AT_DECLARATION).leaf();
    } else if (type instanceof Type.Typedef typedef) {
      entries.begin(Dwarf.TAG_TYPEDEF).name(typedef.name());
      end(typedef.target(), false);
    } else if (type instanceof Type.Qualified qualified) {
      entries.begin(tag(qualified.qualifier()));
      end(qualified.target(), false);
    } else if (type instanceof Type.Prototype prototype) {
      entries.begin(Dwarf.TAG_SUBROUTINE_TYPE).flag(Dwarf.AT_PROTOTYPED);
      end(prototype.returns(), true);
      parameters(prototype);
      entries.close();
    }
  }

  private static int tag(Compound.Kind kind) {
    return kind == Compound.Kind.STRUCT ? Dwarf.TAG_STRUCTURE_TYPE : Dwarf.TAG_UNION_TYPE;
  }

  private static int tag(Type.Qualifier qualifier) {
    return switch (qualifier) {
      case CONST -> Dwarf.TAG_CONST_TYPE;
      case VOLATILE -> Dwarf.TAG_VOLATILE_TYPE;
      case RESTRICT -> Dwarf.TAG_RESTRICT_TYPE;
    };
  }

  private void base(String name, int bytes, int encoding) {
    entries
        .begin(Dwarf.TAG_BASE_TYPE)
        .name(name)
        .number(Dwarf.AT_BYTE_SIZE, bytes)
        .number(Dwarf.AT_ENCODING, encoding)
        .leaf();
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

  private void compound(Compound compound) {
    entries
        .begin(tag(compound.kind()))
        .name(compound.name())
        .number(Dwarf.AT_BYTE_SIZE, compound.size().orElse(0))
        .open();
    for (Member member : compound.members()) {
      entries.begin(Dwarf.TAG_MEMBER).name(member.name());
      if (member.isBitField()) {
        entries
            .number(Dwarf.AT_BIT_SIZE, member.bitWidth())
            .number(Dwarf.AT_DATA_BIT_OFFSET, member.bitOffset());
      } else {
        entries.number(Dwarf.AT_DATA_MEMBER_LOCATION, member.byteOffset());
      }
      end(member.type(), false);
    }
    entries.close();
  }

  private void array(Type.Array array) {
    entries.begin(Dwarf.TAG_ARRAY_TYPE);
    end(array.element(), true);
    entries.begin(Dwarf.TAG_SUBRANGE_TYPE);
    if (array.count() > 0) {
      entries.number(Dwarf.AT_COUNT, array.count());
    }
    end(array.index(), false);
    entries.close();
  }

  private void enumeration(Type.Enumeration enumeration) {
    entries
        .begin(Dwarf.TAG_ENUMERATION_TYPE)
        .name(enumeration.name())
        .number(Dwarf.AT_BYTE_SIZE, enumeration.bytes());
    List<Type.Enumerator> enumerators = enumeration.enumerators();
    if (enumerators.isEmpty()) {
      entries.flag(Dwarf.AT_DECLARATION).leaf();
      return;
    }
    entries.open();
    for (Type.Enumerator enumerator : enumerators) {
      entries.begin(Dwarf.TAG_ENUMERATOR).name(enumerator.name());
      if (enumeration.signed()) {
        entries.signed(Dwarf.AT_CONST_VALUE, enumerator.value());
      } else {
        entries.unsigned(Dwarf.AT_CONST_VALUE, enumerator.value());
      }
      entries.leaf();
    }
    entries.close();
  }

  private void parameters(Type.Prototype prototype) {
    for (Type.Parameter parameter : prototype.parameters()) {
      entries.begin(Dwarf.TAG_FORMAL_PARAMETER).name(parameter.name());
      end(parameter.type(), false);
    }
    if (prototype.variadic()) {
      entries.begin(Dwarf.TAG_UNSPECIFIED_PARAMETERS).leaf();
    }
  }

  /** A function with what it takes, of which no location is known. */
  void function(DebugInfo.Code code) {
    entries.begin(Dwarf.TAG_SUBPROGRAM).name(code.name());
    if (code.global()) {
      entries.flag(Dwarf.AT_EXTERNAL);
    }
    DebugInfo.Piece hot = code.code();
    if (code.cold().isPresent()) {
      DebugInfo.Piece cold = code.cold().get();
      entries.ranges(
          hot.address(), hot.address() + hot.size(), cold.address(), cold.address() + cold.size());
    } else {
      entries.address(Dwarf.AT_LOW_PC, hot.address()).unsigned(Dwarf.AT_HIGH_PC, hot.size());
    }
    TypeRef declared = code.prototype();
    if (declared != null && declared.get() instanceof Type.Prototype prototype) {
      entries.flag(Dwarf.AT_PROTOTYPED);
      end(prototype.returns(), true);
      parameters(prototype);
      entries.close();
    } else {
      entries.leaf();
    }
  }

  /** A variable with its type. */
  void variable(DebugInfo.Data data) {
    int type = entry(data.type());
    entries.begin(Dwarf.TAG_VARIABLE).name(data.name());
    if (data.global()) {
      entries.flag(Dwarf.AT_EXTERNAL);
    }
    entries.location(data.address());
    if (type != 0) {
      entries.type(type);
    }
    entries.leaf();
  }

  /** Where the entry of a variable's type is, which is written if it is not one of the table's. */
  private int entry(DataType type) {
    Integer at = synthetic.get(type);
    if (at == null) {
      at = type.reference().map(this::written).orElse(0);
      if (type.reference().isEmpty()) {
        at = entries.offset();
        base(type.name(), type.bytes(), Dwarf.ATE_UNSIGNED);
      }
      for (int i = 0; i < type.pointers(); i++) {
        at = pointerTo(at, type.bytes());
      }
      if (type.isArray()) {
        at = arrayOf(at, type.count());
      }
      synthetic.put(type, at);
    }
    return at;
  }

  private int pointerTo(int target, int bytes) {
    int at = entries.offset();
    entries.begin(Dwarf.TAG_POINTER_TYPE).number(Dwarf.AT_BYTE_SIZE, bytes);
    if (target != 0) {
      entries.type(target);
    }
    entries.leaf();
    return at;
  }

  private int arrayOf(int element, long count) {
    int at = entries.offset();
    entries.begin(Dwarf.TAG_ARRAY_TYPE).type(element).open();
    entries.begin(Dwarf.TAG_SUBRANGE_TYPE);
    if (count > 0) {
      entries.number(Dwarf.AT_COUNT, count);
    }
    entries.leaf();
    entries.close();
    return at;
  }
}
