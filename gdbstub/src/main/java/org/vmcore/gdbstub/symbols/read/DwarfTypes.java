package org.vmcore.gdbstub.symbols.read;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;

/**
 * The types in the DWARF of a vmlinux or of a module, for a kernel without BTF: a module built with
 * debugging information has those of all headers it includes, {@code task_struct} among them.
 * Numbers of types are given as they are met. Safe for use by several threads.
 */
public final class DwarfTypes implements TypeTable, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(DwarfTypes.class);

  /** More members, enumerators or parameters than any type has. */
  private static final int MAX_CHILDREN = 1 << 16;

  /** An atomic type of an atomic type is nonsense. */
  private static final int MAX_ATOMIC = 8;

  private static final int VOID = 0;

  private final Path path;
  private final DwarfFile file;
  private final Map<Source, Integer> ids = new HashMap<>();
  private final AtomicBoolean told = new AtomicBoolean();
  private final List<Source> sources = new ArrayList<>();
  private final Map<Integer, Type> types = new ConcurrentHashMap<>();

  /**
   * Where a type comes from.
   *
   * @param position of the entry
   * @param dimension of an array of arrays, from the outermost
   */
  private record Source(long position, int dimension) {}

  private DwarfTypes(Path path, DwarfFile file) {
    this.path = path;
    this.file = file;
    id(new Source(-1, 0));
  }

  /**
   * Opens a file. Types are read when they are asked for.
   *
   * @param directories where its debugging information may be that is not in it
   * @return empty when there is no DWARF of it
   * @throws DwarfException when its DWARF cannot be understood
   */
  public static Optional<DwarfTypes> open(Path path, DebugDirectories directories)
      throws IOException, DwarfException {
    return DwarfFile.open(path, directories).map(file -> new DwarfTypes(path, file));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  @Override
  public int firstId() {
    return VOID + 1;
  }

  /** Grows as types are met. */
  @Override
  public synchronized int endId() {
    return sources.size();
  }

  private synchronized int id(Source source) {
    Integer known = ids.get(source);
    if (known == null) {
      known = sources.size();
      sources.add(source);
      ids.put(source, known);
    }
    return known;
  }

  private synchronized @Nullable Source source(int id) {
    return id > VOID && id < sources.size() ? sources.get(id) : null;
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    int tag =
        switch (kind) {
          case STRUCT -> Dwarf.TAG_STRUCTURE_TYPE;
          case UNION -> Dwarf.TAG_UNION_TYPE;
          case ENUM -> Dwarf.TAG_ENUMERATION_TYPE;
          case TYPEDEF -> Dwarf.TAG_TYPEDEF;
          case BASE -> Dwarf.TAG_BASE_TYPE;
        };
    return find(tag, name).map(die -> List.of(ref(die))).orElse(List.of());
  }

  /** None are listed; {@link #variable} looks one up. */
  @Override
  public List<Variable> variables() {
    return List.of();
  }

  @Override
  public Optional<TypeRef> variable(String name) {
    return find(Dwarf.TAG_VARIABLE, name).map(this::target);
  }

  private Optional<Die> find(int tag, String name) {
    try {
      return file.find(tag, name);
    } catch (IOException | DwarfException e) {
      tell(e);
      return Optional.empty();
    }
  }

  @Override
  public Type type(int id) {
    Type known = types.get(id);
    if (known != null) {
      return known;
    }
    Source source = source(id);
    Type type = source == null ? new Type.VoidType() : read(source);
    types.put(id, type);
    return type;
  }

  private Type read(Source source) {
    try {
      return type(file.at(source.position()), source.dimension());
    } catch (IOException | DwarfException e) {
      tell(e);
      return new Type.VoidType();
    }
  }

  /** Tells of the first thing that cannot be read; the rest may be many. */
  private void tell(Exception problem) {
    if (told.compareAndSet(false, true)) {
      LOG.warn("{}: not all of its types can be used: {}", path, problem.getMessage());
    } else {
      LOG.debug("{}: {}", path, problem.getMessage());
    }
  }

  private Type type(Die qualified, int dimension) throws IOException, DwarfException {
    Die die = notAtomic(qualified);
    String name = die.name() == null ? "" : die.name();
    return switch (die.tag()) {
      case Dwarf.TAG_STRUCTURE_TYPE, Dwarf.TAG_CLASS_TYPE ->
          compound(die, Compound.Kind.STRUCT, name);
      case Dwarf.TAG_UNION_TYPE -> compound(die, Compound.Kind.UNION, name);
      case Dwarf.TAG_BASE_TYPE -> base(die, name);
      case Dwarf.TAG_ENUMERATION_TYPE -> enumeration(die, name);
      case Dwarf.TAG_POINTER_TYPE ->
          new Type.Pointer(
              target(die), (int) or(die.attributes().byteSize, die.unit().addressBytes()));
      case Dwarf.TAG_ARRAY_TYPE -> array(die, dimension);
      case Dwarf.TAG_TYPEDEF -> new Type.Typedef(name, target(die));
      case Dwarf.TAG_CONST_TYPE -> new Type.Qualified(Type.Qualifier.CONST, target(die));
      case Dwarf.TAG_VOLATILE_TYPE -> new Type.Qualified(Type.Qualifier.VOLATILE, target(die));
      case Dwarf.TAG_RESTRICT_TYPE -> new Type.Qualified(Type.Qualifier.RESTRICT, target(die));
      case Dwarf.TAG_SUBROUTINE_TYPE -> prototype(die);
      default -> new Type.VoidType();
    };
  }

  /** C's _Atomic says nothing of a layout. */
  private Die notAtomic(Die die) throws IOException, DwarfException {
    Die type = die;
    for (int i = 0; i < MAX_ATOMIC && type.tag() == Dwarf.TAG_ATOMIC_TYPE; i++) {
      if (!Die.has(type.attributes().type)) {
        break;
      }
      type = file.at(type.attributes().type);
    }
    return type;
  }

  private static long or(long value, long otherwise) {
    return Die.has(value) ? value : otherwise;
  }

  private TypeRef ref(Die die) {
    return new TypeRef(this, id(new Source(die.unit().position() + die.offset(), 0)));
  }

  /** What DW_AT_type says; {@code void} without it. */
  private TypeRef target(Die die) {
    long type = die.attributes().type;
    return new TypeRef(this, Die.has(type) ? id(new Source(type, 0)) : VOID);
  }

  private static List<Die> children(Die parent, int... tags) throws DwarfException {
    List<Die> children = new ArrayList<>();
    int seen = 0;
    Die child = parent.unit().firstChild(parent);
    while (child != null && seen++ < MAX_CHILDREN) {
      for (int tag : tags) {
        if (child.tag() == tag) {
          children.add(child);
        }
      }
      child = parent.unit().nextSibling(child);
    }
    return children;
  }

  /** One that is only declared here may be defined in another unit. */
  private Type compound(Die die, Compound.Kind kind, String name) throws DwarfException {
    if (die.attributes().declaration) {
      Optional<Die> definition = find(die.tag(), name);
      return definition.isPresent()
          ? compound(definition.get(), kind, name)
          : new Type.Forward(kind, name);
    }
    List<Member> members = new ArrayList<>();
    for (Die child : children(die, Dwarf.TAG_MEMBER)) {
      String memberName = child.name() == null ? "" : child.name();
      int width = (int) or(child.attributes().bitSize, 0);
      members.add(new Member(memberName, target(child), bitOffset(child, width), width));
    }
    return new Compound(kind, name, or(die.attributes().byteSize, 0), members);
  }

  /** DWARF 4 and 5 count bits from the start; before, from the top of the storage unit. */
  private static long bitOffset(Die member, int width) {
    Die.Attributes attributes = member.attributes();
    if (Die.has(attributes.dataBitOffset)) {
      return attributes.dataBitOffset;
    }
    long start = or(attributes.memberLocation, 0) * Byte.SIZE;
    if (!Die.has(attributes.bitOffset)) {
      return start;
    }
    long storageBits = or(attributes.byteSize, Integer.BYTES) * Byte.SIZE;
    return member.unit().order() == ByteOrder.BIG_ENDIAN
        ? start + attributes.bitOffset
        : start + storageBits - attributes.bitOffset - width;
  }

  private static Type base(Die die, String name) {
    int bytes = (int) or(die.attributes().byteSize, 0);
    return switch ((int) or(die.attributes().encoding, 0)) {
      case Dwarf.ATE_FLOAT -> new Type.Floating(name, bytes);
      case Dwarf.ATE_BOOLEAN -> new Type.Int(name, bytes, Type.Encoding.BOOLEAN);
      case Dwarf.ATE_SIGNED, Dwarf.ATE_SIGNED_CHAR ->
          new Type.Int(name, bytes, Type.Encoding.SIGNED);
      default -> new Type.Int(name, bytes, Type.Encoding.UNSIGNED);
    };
  }

  private static Type enumeration(Die die, String name) throws DwarfException {
    List<Type.Enumerator> enumerators = new ArrayList<>();
    boolean signed = false;
    for (Die child : children(die, Dwarf.TAG_ENUMERATOR)) {
      long value = child.attributes().constant;
      signed |= value < 0;
      enumerators.add(new Type.Enumerator(child.name() == null ? "" : child.name(), value));
    }
    int bytes = (int) or(die.attributes().byteSize, Integer.BYTES);
    return new Type.Enumeration(name, bytes, signed, enumerators);
  }

  private Type array(Die die, int dimension) throws DwarfException {
    List<Die> ranges = children(die, Dwarf.TAG_SUBRANGE_TYPE);
    if (ranges.isEmpty()) {
      return new Type.Array(target(die), new TypeRef(this, VOID), 0);
    }
    Die range = ranges.get(Math.min(dimension, ranges.size() - 1));
    long last = or(range.attributes().upperBound, -1);
    long count = Math.max(0, or(range.attributes().count, last + 1));
    long position = die.unit().position() + die.offset();
    boolean innermost = dimension >= ranges.size() - 1;
    TypeRef element =
        innermost ? target(die) : new TypeRef(this, id(new Source(position, dimension + 1)));
    return new Type.Array(element, target(range), count);
  }

  private Type prototype(Die die) throws DwarfException {
    List<Type.Parameter> parameters = new ArrayList<>();
    for (Die child : children(die, Dwarf.TAG_FORMAL_PARAMETER)) {
      parameters.add(new Type.Parameter(child.name() == null ? "" : child.name(), target(child)));
    }
    boolean variadic = !children(die, Dwarf.TAG_UNSPECIFIED_PARAMETERS).isEmpty();
    return new Type.Prototype(target(die), parameters, variadic);
  }
}
