package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The types of the kernel or of one module, from one source. Numbers run from {@link #firstId} to
 * {@link #endId}; a module's types also refer to the kernel's by theirs. Safe for use by several
 * threads.
 */
public interface TypeTable {

  /** What types are looked up as: C has one name space for tags and one for the rest. */
  enum Kind {
    STRUCT("struct "),
    UNION("union "),
    ENUM("enum "),
    TYPEDEF(""),
    /** Integers and floating-point numbers. */
    BASE("");

    private final String keyword;

    Kind(String keyword) {
      this.keyword = keyword;
    }

    /** What stands before the name in C, with its space. */
    public String keyword() {
      return keyword;
    }
  }

  /** The type of a number; {@link Type.VoidType} where it is none of a type. */
  Type type(int id);

  /** Number of the first type of this table; lower ones are another's. */
  int firstId();

  /** The number after the last. */
  int endId();

  /**
   * Types by name, without such as are only declared. Kernels do have different structs of one
   * name, in different files.
   */
  List<TypeRef> named(Kind kind, String name);

  /**
   * Makes what tells a visitor of types of this table by their numbers, in any order and as often
   * as is wanted; of void and of tags it tells nothing.
   */
  default IntConsumer visits(TypeVisitor visitor) {
    return id -> TypeObjects.visit(type(id), visitor);
  }

  /**
   * The number of the type that a reference leads to, past tags; 0 where it leads to {@code void}.
   */
  default int target(int reference) {
    return TypeObjects.target(this, reference);
  }

  /** Variables with their types, in the order of the source; none where it lists none. */
  default List<Variable> variables() {
    return List.of();
  }

  /** The type that a variable was declared with. */
  default Optional<TypeRef> variable(String name) {
    return variables().stream()
        .filter(variable -> variable.name().equals(name))
        .findFirst()
        .map(Variable::type);
  }

  /** What a function takes and returns; empty where the table does not list functions. */
  default Optional<Type.Prototype> function(String name) {
    return Optional.empty();
  }

  /**
   * A variable of the kernel.
   *
   * @param section where it lies, such as {@code .data..percpu}; empty when that is not told
   * @param offset in that section, in bytes
   */
  record Variable(
      String name, TypeRef type, boolean global, Optional<String> section, long offset) {}

  /** A table without types of its own, on top of another. */
  static TypeTable after(TypeTable base) {
    return new NoTypes(base.endId());
  }

  /**
   * The types of C's numbers, for a kernel of which no other is known.
   *
   * @param wordBytes size of a {@code long}, 4 or 8
   */
  static TypeTable ofNumbers(int wordBytes) {
    return new BaseTypes(wordBytes);
  }
}
