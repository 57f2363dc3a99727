package org.vmcore.gdbstub.inspect.types;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;
import org.vmcore.gdbstub.linux.types.Variables;

/**
 * What C says that a name is, as crash's {@code whatis} has it.
 *
 * @param name as it was asked for
 * @param text the declaration, in lines; of a variable whose type is not known a sentence
 * @param size in bytes
 */
public record Declaration(String name, String text, OptionalLong size) {
  private static final List<String> KEYWORDS = List.of("", "struct ", "union ", "enum ");

  /** The type or the variable of a name; empty where there is neither. */
  public static Optional<Declaration> of(Call call, String name) throws MissingFactException {
    return of(call, name, false);
  }

  /**
   * The same.
   *
   * @param offsets whether each member of a structure is shown with where in it it is
   */
  public static Optional<Declaration> of(Call call, String name, boolean offsets)
      throws MissingFactException {
    Optional<Type> variable =
        call.machine().linux().types().flatMap(m -> Variables.typeOf(m.types(), name));
    if (variable.isPresent()) {
      return variable.map(type -> of(name, declared(type, name), type));
    }
    Optional<SymbolNames.Named> symbol = call.symbols().named(name).stream().findFirst();
    if (symbol.isEmpty()) {
      KernelTypes types = call.typed().types();
      return KEYWORDS.stream()
          .flatMap(keyword -> types.find(keyword + name).stream())
          .map(found -> of(name, written(found.get(), offsets), found.get()))
          .findFirst();
    }
    String text =
        "%s is at %x (%c); its type is not known: BTF has those of per-CPU variables, a vmlinux"
            + " with debug info those of all\n";
    return symbol.map(
        found ->
            new Declaration(
                name,
                Text.format(text, name, found.address(), found.type()),
                OptionalLong.empty()));
  }

  private static Declaration of(String name, String text, Type type) {
    return new Declaration(name, text, type.resolved().size());
  }

  private static String declared(Type type, String name) {
    return Scalar.asWritten(TypeNames.declaration(type, name)) + ";\n";
  }

  private static String written(Type type, boolean offsets) {
    if (type instanceof Compound compound) {
      return StructText.of(StructLayout.of(compound, OptionalLong.empty()), offsets);
    } else if (type instanceof Type.Enumeration enumeration) {
      Stream<String> values =
          enumeration.enumerators().stream().map(one -> one.name() + " = " + one.value());
      return TypeNames.of(type) + " {" + values.collect(Collectors.joining(", ")) + "};\n";
    } else if (type instanceof Type.Typedef typedef) {
      return "typedef " + declared(typedef.target().get(), typedef.name()) + size(type);
    }
    return Scalar.asWritten(TypeNames.of(type)) + "\n" + size(type);
  }

  private static String size(Type type) {
    OptionalLong size = type.resolved().size();
    return size.isPresent() ? "SIZE: " + size.getAsLong() + "\n" : "";
  }

  public void print(Text out) {
    out.lay(text);
  }
}
