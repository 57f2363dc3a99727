package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.Type.Encoding;

/**
 * The types of a small kernel, declared as C does it, one member a line, and laid out as the System
 * V ABI of 64 bits lays them out: each member at a multiple of its own alignment.
 *
 * <pre>
 * struct vmap_area {
 *   unsigned long va_start;
 *   struct list_head list;
 *   struct vm_struct *vm;
 *   struct hlist_head vectors[4];
 *   unsigned int flag : 1;
 * };
 * </pre>
 *
 * <p>Members of a member without a name are found as its own, as {@code struct parts ;} has them.
 */
public final class DeclaredTypes implements TypeTable {
  private static final Pattern STRUCT =
      Pattern.compile("(struct|union) (\\w+) \\{\\s*(.*?)\\s*\\};", Pattern.DOTALL);
  private static final Pattern MEMBER =
      Pattern.compile(
          "((?:struct |union |unsigned )?\\w+) (\\**)(\\w*)(?:\\[(\\d+)])?(?: : (\\d+))?;");
  private static final int POINTER = Long.BYTES;

  private static final Map<String, Type.Int> NUMBERS =
      Map.of(
          "char", new Type.Int("char", 1, Encoding.SIGNED),
          "int", new Type.Int("int", 4, Encoding.SIGNED),
          "unsigned int", new Type.Int("unsigned int", 4, Encoding.UNSIGNED),
          "long", new Type.Int("long", 8, Encoding.SIGNED),
          "unsigned long", new Type.Int("unsigned long", 8, Encoding.UNSIGNED));

  private final List<Type> types = new ArrayList<>(List.of(new Type.VoidType()));
  private final Map<String, Integer> names = new HashMap<>();
  private final Map<Integer, Long> alignments = new HashMap<>();
  private final List<Variable> variables = new ArrayList<>();

  /** Structures are declared in any order, but one within another comes before it. */
  public DeclaredTypes(String c) {
    NUMBERS.forEach((name, type) -> names.put(name, add(type, type.bytes())));
    List<MatchResult> structs = STRUCT.matcher(c).results().toList();
    // Known by name first, for pointers to them.
    structs.forEach(struct -> names.put(name(struct), add(new Type.VoidType(), 1)));
    structs.forEach(this::define);
  }

  /** Says what a variable was declared as, which types usually tell of per-CPU variables alone. */
  public DeclaredTypes variable(String name, String type, int count) {
    Type.Array array = new Type.Array(ref(id(type)), ref(id("int")), count);
    TypeRef ref = ref(count == 1 ? id(type) : add(array, 1));
    variables.add(new Variable(name, ref, true, Optional.empty(), 0));
    return this;
  }

  private int add(Type type, long alignment) {
    types.add(type);
    alignments.put(types.size() - 1, alignment);
    return types.size() - 1;
  }

  private TypeRef ref(int id) {
    return new TypeRef(this, id);
  }

  private int id(String name) {
    Integer id = names.get(name);
    if (id == null) {
      throw new IllegalArgumentException("not declared: " + name);
    }
    return id;
  }

  private static String name(MatchResult struct) {
    return struct.group(1) + " " + struct.group(2);
  }

  private void define(MatchResult struct) {
    boolean isUnion = struct.group(1).equals("union");
    List<Member> members = new ArrayList<>();
    // In bits.
    long end = 0;
    long next = 0;
    long alignment = 1;
    Matcher lines = MEMBER.matcher(struct.group(3));
    while (lines.find()) {
      int id = memberType(lines.group(1), lines.group(2).length(), lines.group(4));
      long own = alignments.getOrDefault(id, 1L);
      long size = types.get(id).size().orElseThrow() * Byte.SIZE;
      int width = lines.group(5) == null ? 0 : Integer.parseInt(lines.group(5));
      boolean fits = width > 0 && next % size + width <= size;
      long offset = fits ? next : up(next, own * Byte.SIZE);
      members.add(new Member(lines.group(3), ref(id), offset, width));
      end = Math.max(end, offset + (width > 0 ? width : size));
      next = isUnion ? 0 : end;
      alignment = Math.max(alignment, own);
    }
    int id = id(name(struct));
    Compound.Kind kind = isUnion ? Compound.Kind.UNION : Compound.Kind.STRUCT;
    long bytes = up(up(end, Byte.SIZE) / Byte.SIZE, alignment);
    types.set(id, new Compound(kind, struct.group(2), bytes, members));
    alignments.put(id, alignment);
  }

  private int memberType(String name, int stars, @Nullable String count) {
    // What is pointed to need not be declared.
    int id = stars > 0 ? names.getOrDefault(name, 0) : id(name);
    for (int i = 0; i < stars; i++) {
      id = add(new Type.Pointer(ref(id), POINTER), POINTER);
    }
    return count == null
        ? id
        : add(
            new Type.Array(ref(id), ref(id("int")), Long.parseLong(count)),
            alignments.getOrDefault(id, 1L));
  }

  private static long up(long offset, long alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }

  @Override
  public Type type(int id) {
    return id >= 0 && id < types.size() ? types.get(id) : new Type.VoidType();
  }

  @Override
  public int firstId() {
    return 1;
  }

  @Override
  public int endId() {
    return types.size();
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    Integer id =
        switch (kind) {
          case STRUCT -> names.get("struct " + name);
          case UNION -> names.get("union " + name);
          case BASE ->
              name.startsWith("struct ") || name.startsWith("union ") ? null : names.get(name);
          case ENUM, TYPEDEF -> null;
        };
    return id == null ? List.of() : List.of(ref(id));
  }

  @Override
  public List<Variable> variables() {
    return List.copyOf(variables);
  }
}
