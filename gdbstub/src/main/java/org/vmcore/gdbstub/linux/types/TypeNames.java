package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.stream.Collectors;

/** Types as C writes them. */
public final class TypeNames {
  /** Pointers to arrays of functions and so on; what is deeper is a circle. */
  private static final int MAX_DEPTH = 32;

  /** Types named for one declaration: parameters of parameters, which may be many. */
  private static final int MAX_TYPES = 1 << 10;

  private int left = MAX_TYPES;

  private TypeNames() {}

  /** A type's name, such as {@code struct list_head *} or {@code int (*)(void)}. */
  public static String of(Type type) {
    return declaration(type, "");
  }

  /** A declaration of something of a type, such as {@code char comm[16]}. */
  public static String declaration(Type type, String name) {
    return new TypeNames().declare(type, name, 0).stripTrailing();
  }

  private String declare(Type type, String declarator, int depth) {
    if (depth == MAX_DEPTH || left-- <= 0) {
      return "... " + declarator;
    }
    if (type instanceof Type.Pointer pointer) {
      Type target = pointer.target().get();
      boolean binds = target instanceof Type.Array || target instanceof Type.Prototype;
      return declare(target, binds ? "(*" + declarator + ")" : "*" + declarator, depth + 1);
    }
    if (type instanceof Type.Array array) {
      return declare(
          array.element().get(),
          declarator + "[" + (array.count() == 0 ? "" : array.count()) + "]",
          depth + 1);
    }
    if (type instanceof Type.Prototype prototype) {
      String parameters = parameters(prototype, depth);
      return declare(prototype.returns().get(), declarator + "(" + parameters + ")", depth + 1);
    }
    if (type instanceof Type.Tagged tagged) {
      return declare(tagged.target().get(), declarator, depth + 1);
    }
    if (type instanceof Type.Qualified qualified) {
      String keyword = keyword(qualified.qualifier());
      return qualified.target().get() instanceof Type.Pointer
          ? declare(
              qualified.target().get(),
              declarator.isEmpty() ? keyword : keyword + " " + declarator,
              depth + 1)
          : keyword + " " + declare(qualified.target().get(), declarator, depth + 1);
    }
    return specifier(type) + " " + declarator;
  }

  private String parameters(Type.Prototype prototype, int depth) {
    List<Type.Parameter> parameters = prototype.parameters();
    if (parameters.isEmpty()) {
      return prototype.variadic() ? "..." : "void";
    }
    return parameters.stream()
            .map(p -> declare(p.type().get(), p.name(), depth + 1).stripTrailing())
            .collect(Collectors.joining(", "))
        + (prototype.variadic() ? ", ..." : "");
  }

  private static String keyword(Type.Qualifier qualifier) {
    return switch (qualifier) {
      case CONST -> "const";
      case VOLATILE -> "volatile";
      case RESTRICT -> "restrict";
    };
  }

  private static String specifier(Type type) {
    if (type instanceof Type.Int integer) {
      return integer.name();
    } else if (type instanceof Type.Floating floating) {
      return floating.name();
    } else if (type instanceof Type.Typedef typedef) {
      return typedef.name();
    } else if (type instanceof Compound compound) {
      return compound.toString();
    } else if (type instanceof Type.Enumeration enumeration) {
      return "enum " + (enumeration.name().isEmpty() ? "{...}" : enumeration.name());
    } else if (type instanceof Type.Forward forward) {
      return (forward.kind() == Compound.Kind.STRUCT ? "struct " : "union ") + forward.name();
    }
    return "void";
  }
}
