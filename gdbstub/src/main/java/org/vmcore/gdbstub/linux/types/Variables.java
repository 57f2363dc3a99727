package org.vmcore.gdbstub.linux.types;

import java.util.Optional;

/** The types that a kernel's variables were declared with, as far as its types tell. */
public final class Variables {
  private Variables() {}

  /**
   * The type of a variable. BTF knows those of per-CPU variables only (pahole's {@code
   * --btf_gen_all} apart), DWARF those of all.
   */
  public static Optional<Type> typeOf(KernelTypes types, String name) {
    return types
        .tables()
        .flatMap(table -> table.variable(name).stream())
        .findFirst()
        .map(TypeRef::get);
  }
}
