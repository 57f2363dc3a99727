package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.OptionalLong;

/**
 * A C type. Types refer to each other in circles, so they hold {@link TypeRef}s. Equal types need
 * not be equal objects.
 */
public sealed interface Type
    permits Compound,
        Type.VoidType,
        Type.Int,
        Type.Floating,
        Type.Pointer,
        Type.Array,
        Type.Enumeration,
        Type.Forward,
        Type.Typedef,
        Type.Qualified,
        Type.Tagged,
        Type.Prototype {

  /** More typedefs and qualifiers than any type has; what refers on is a circle. */
  int MAX_CHAIN = 64;

  /** What {@code sizeof} says; empty where C has no size, and where a damaged type has none. */
  OptionalLong size();

  /** The type without its typedefs, qualifiers and tags; {@link VoidType} if these never end. */
  default Type resolved() {
    Type type = this;
    for (int i = 0; i < MAX_CHAIN; i++) {
      if (type instanceof Typedef typedef) {
        type = typedef.target().get();
      } else if (type instanceof Qualified qualified) {
        type = qualified.target().get();
      } else if (type instanceof Tagged tagged) {
        type = tagged.target().get();
      } else {
        return type;
      }
    }
    return new VoidType();
  }

  /** {@code void}; also what a reference to no type leads to. */
  record VoidType() implements Type {
    @Override
    public OptionalLong size() {
      return OptionalLong.empty();
    }
  }

  /** How the bits of an integer are meant. */
  enum Encoding {
    UNSIGNED,
    SIGNED,
    BOOLEAN
  }

  /**
   * An integer, {@code char} and {@code bool} too.
   *
   * @param bytes 1 to 16
   */
  record Int(String name, int bytes, Encoding encoding) implements Type {
    @Override
    public OptionalLong size() {
      return OptionalLong.of(bytes);
    }
  }

  /** {@code float}, {@code double}, ... */
  record Floating(String name, int bytes) implements Type {
    @Override
    public OptionalLong size() {
      return OptionalLong.of(bytes);
    }
  }

  /**
   * A pointer.
   *
   * @param bytes its size, 4 or 8
   */
  record Pointer(TypeRef target, int bytes) implements Type {
    /** One that is declared nowhere. */
    public static Pointer to(Type target, int bytes) {
      return new Pointer(new SingleType(target).reference(), bytes);
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.of(bytes);
    }
  }

  /**
   * An array.
   *
   * @param index the type that C says its index has
   * @param count number of elements; 0 also where the last member of a struct has any number
   */
  record Array(TypeRef element, TypeRef index, long count) implements Type {
    @Override
    public OptionalLong size() {
      long size = 1;
      Type type = this;
      for (int i = 0; i < MAX_CHAIN; i++) {
        type = type.resolved();
        if (!(type instanceof Array array)) {
          OptionalLong element = type.size();
          return element.isEmpty() ? element : product(size, element.getAsLong());
        }
        OptionalLong more = product(size, array.count());
        if (more.isEmpty()) {
          return more;
        }
        size = more.getAsLong();
        type = array.element().get();
      }
      return OptionalLong.empty();
    }

    private static OptionalLong product(long count, long bytes) {
      long high = Math.multiplyHigh(count, bytes);
      long low = count * bytes;
      return high == 0 && low >= 0 ? OptionalLong.of(low) : OptionalLong.empty();
    }
  }

  /** An {@code enum}; one that is only declared has no enumerators. */
  record Enumeration(String name, int bytes, boolean signed, List<Enumerator> enumerators)
      implements Type {
    public Enumeration {
      enumerators = List.copyOf(enumerators);
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.of(bytes);
    }
  }

  /**
   * @param value sign-extended or zero-extended, as the enumeration is signed
   */
  record Enumerator(String name, long value) {}

  /** A struct or union of which only the name is known. */
  record Forward(Compound.Kind kind, String name) implements Type {
    @Override
    public OptionalLong size() {
      return OptionalLong.empty();
    }
  }

  record Typedef(String name, TypeRef target) implements Type {
    @Override
    public OptionalLong size() {
      return resolved().size();
    }
  }

  enum Qualifier {
    CONST,
    VOLATILE,
    RESTRICT
  }

  record Qualified(Qualifier qualifier, TypeRef target) implements Type {
    @Override
    public OptionalLong size() {
      return resolved().size();
    }
  }

  /** A type with a {@code btf_type_tag}, such as {@code __user} or {@code __rcu}. */
  record Tagged(String tag, TypeRef target) implements Type {
    @Override
    public OptionalLong size() {
      return resolved().size();
    }
  }

  /** What a function takes and returns. */
  record Prototype(TypeRef returns, List<Parameter> parameters, boolean variadic) implements Type {
    public Prototype {
      parameters = List.copyOf(parameters);
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.empty();
    }
  }

  /**
   * @param name empty where a prototype does not tell
   */
  record Parameter(String name, TypeRef type) {}
}
