package org.vmcore.gdbstub.symbols.dwarf;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.kernel.types.Compound;
import org.vmcore.gdbstub.kernel.types.Member;
import org.vmcore.gdbstub.kernel.types.Type;
import org.vmcore.gdbstub.kernel.types.TypeRef;
import org.vmcore.gdbstub.kernel.types.TypeTable;

/** The entries of one table of types: each type once, in the order of their numbers. */
final class Unit {
  private final Entries entries;
  private final TypeTable table;
  private final @Nullable Unit base;
  private final int[] offsets;
  private final BitSet isVoid;

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
    this.offsets = new int[table.endId() - table.firstId()];
    this.isVoid = new BitSet(offsets.length);
    for (int i = 0; i < offsets.length; i++) {
      isVoid.set(i, table.type(table.firstId() + i) instanceof Type.VoidType);
    }
  }

  void types() {
    for (int i = 0; i < offsets.length; i++) {
      if (!isVoid.get(i)) {
        Type type = table.type(table.firstId() + i);
        if (!(type instanceof Type.Tagged)) {
          offsets[i] = entries.offset();
          write(type);
        }
      }
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
    return offsets[index];
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
    return index >= offsets.length || isVoid.get(index);
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
      entries.begin(Dwarf.DW_TAG_pointer_type).number(Dwarf.DW_AT_byte_size, pointer.bytes());
      end(pointer.target(), false);
    } else if (type instanceof Type.Int integer) {
      base(integer.name(), integer.bytes(), encoding(integer));
    } else if (type instanceof Type.Floating floating) {
      base(floating.name(), floating.bytes(), Dwarf.DW_ATE_float);
    } else if (type instanceof Type.Array array) {
      array(array);
    } else if (type instanceof Type.Enumeration enumeration) {
      enumeration(enumeration);
    } else if (type instanceof Type.Forward forward) {
      entries.begin(tag(forward.kind())).name(forward.name()).flag(Dwarf.DW_AT_declaration).leaf();
    } else if (type instanceof Type.Typedef typedef) {
      entries.begin(Dwarf.DW_TAG_typedef).name(typedef.name());
      end(typedef.target(), false);
    } else if (type instanceof Type.Qualified qualified) {
      entries.begin(tag(qualified.qualifier()));
      end(qualified.target(), false);
    } else if (type instanceof Type.Prototype prototype) {
      entries.begin(Dwarf.DW_TAG_subroutine_type).flag(Dwarf.DW_AT_prototyped);
      end(prototype.returns(), true);
      parameters(prototype);
      entries.close();
    }
  }

  private static int tag(Compound.Kind kind) {
    return kind == Compound.Kind.STRUCT ? Dwarf.DW_TAG_structure_type : Dwarf.DW_TAG_union_type;
  }

  private static int tag(Type.Qualifier qualifier) {
    return switch (qualifier) {
      case CONST -> Dwarf.DW_TAG_const_type;
      case VOLATILE -> Dwarf.DW_TAG_volatile_type;
      case RESTRICT -> Dwarf.DW_TAG_restrict_type;
    };
  }

  private void base(String name, int bytes, int encoding) {
    entries
        .begin(Dwarf.DW_TAG_base_type)
        .name(name)
        .number(Dwarf.DW_AT_byte_size, bytes)
        .number(Dwarf.DW_AT_encoding, encoding)
        .leaf();
  }

  /** Types tell {@code char} by nothing but its name; debuggers print text by the encoding. */
  private static int encoding(Type.Int type) {
    boolean isChar = type.bytes() == 1 && type.name().endsWith("char");
    return switch (type.encoding()) {
      case BOOLEAN -> Dwarf.DW_ATE_boolean;
      case SIGNED -> isChar ? Dwarf.DW_ATE_signed_char : Dwarf.DW_ATE_signed;
      case UNSIGNED -> isChar ? Dwarf.DW_ATE_unsigned_char : Dwarf.DW_ATE_unsigned;
    };
  }

  private void compound(Compound compound) {
    entries
        .begin(tag(compound.kind()))
        .name(compound.name())
        .number(Dwarf.DW_AT_byte_size, compound.size().orElse(0))
        .open();
    for (Member member : compound.members()) {
      entries.begin(Dwarf.DW_TAG_member).name(member.name());
      if (member.isBitField()) {
        entries
            .number(Dwarf.DW_AT_bit_size, member.bitWidth())
            .number(Dwarf.DW_AT_data_bit_offset, member.bitOffset());
      } else {
        entries.number(Dwarf.DW_AT_data_member_location, member.byteOffset());
      }
      end(member.type(), false);
    }
    entries.close();
  }

  private void array(Type.Array array) {
    entries.begin(Dwarf.DW_TAG_array_type);
    end(array.element(), true);
    entries.begin(Dwarf.DW_TAG_subrange_type);
    if (array.count() > 0) {
      entries.number(Dwarf.DW_AT_count, array.count());
    }
    end(array.index(), false);
    entries.close();
  }

  private void enumeration(Type.Enumeration enumeration) {
    entries
        .begin(Dwarf.DW_TAG_enumeration_type)
        .name(enumeration.name())
        .number(Dwarf.DW_AT_byte_size, enumeration.bytes());
    List<Type.Enumerator> enumerators = enumeration.enumerators();
    if (enumerators.isEmpty()) {
      entries.flag(Dwarf.DW_AT_declaration).leaf();
      return;
    }
    entries.open();
    for (Type.Enumerator enumerator : enumerators) {
      entries.begin(Dwarf.DW_TAG_enumerator).name(enumerator.name());
      if (enumeration.signed()) {
        entries.signed(Dwarf.DW_AT_const_value, enumerator.value());
      } else {
        entries.unsigned(Dwarf.DW_AT_const_value, enumerator.value());
      }
      entries.leaf();
    }
    entries.close();
  }

  private void parameters(Type.Prototype prototype) {
    for (Type.Parameter parameter : prototype.parameters()) {
      entries.begin(Dwarf.DW_TAG_formal_parameter).name(parameter.name());
      end(parameter.type(), false);
    }
    if (prototype.variadic()) {
      entries.begin(Dwarf.DW_TAG_unspecified_parameters).leaf();
    }
  }

  /** A function with what it takes, of which no location is known. */
  void function(DebugInfo.Code code) {
    entries.begin(Dwarf.DW_TAG_subprogram).name(code.name());
    if (code.global()) {
      entries.flag(Dwarf.DW_AT_external);
    }
    entries.address(Dwarf.DW_AT_low_pc, code.address()).unsigned(Dwarf.DW_AT_high_pc, code.size());
    TypeRef declared = code.prototype();
    if (declared != null && declared.get() instanceof Type.Prototype prototype) {
      entries.flag(Dwarf.DW_AT_prototyped);
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
    entries.begin(Dwarf.DW_TAG_variable).name(data.name());
    if (data.global()) {
      entries.flag(Dwarf.DW_AT_external);
    }
    entries.location(data.address());
    if (type != 0) {
      entries.type(type);
    }
    entries.leaf();
  }

  /** Where the entry of a variable's type is, which is written if it is not one of the table's. */
  private int entry(DataType type) {
    Integer known = synthetic.get(type);
    if (known == null) {
      known = type.reference().map(this::written).orElse(0);
      if (type.reference().isEmpty()) {
        known = entries.offset();
        base(type.name(), type.bytes(), Dwarf.DW_ATE_unsigned);
      }
      for (int i = 0; i < type.pointers(); i++) {
        known = pointerTo(known, type.bytes());
      }
      if (type.isArray()) {
        known = arrayOf(known, type.count());
      }
      synthetic.put(type, known);
    }
    return known;
  }

  private int pointerTo(int target, int bytes) {
    int at = entries.offset();
    entries.begin(Dwarf.DW_TAG_pointer_type).number(Dwarf.DW_AT_byte_size, bytes);
    if (target != 0) {
      entries.type(target);
    }
    entries.leaf();
    return at;
  }

  private int arrayOf(int element, long count) {
    int at = entries.offset();
    entries.begin(Dwarf.DW_TAG_array_type).type(element).open();
    entries.begin(Dwarf.DW_TAG_subrange_type);
    if (count > 0) {
      entries.number(Dwarf.DW_AT_count, count);
    }
    entries.leaf();
    entries.close();
    return at;
  }
}
