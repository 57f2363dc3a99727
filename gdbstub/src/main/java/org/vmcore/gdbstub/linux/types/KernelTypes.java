package org.vmcore.gdbstub.linux.types;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Types by name: those that a user named, the kernel's and then, for what it does not have, those
 * of its modules. Where different types have one name, the first is taken. Safe for use by several
 * threads.
 */
public final class KernelTypes {
  private static final int MAX_KEPT = 1024;

  private static final List<List<String>> SPELLINGS =
      List.of(
          List.of("short int", "short"),
          List.of("short unsigned int", "unsigned short"),
          List.of("unsigned int", "unsigned"),
          List.of("long int", "long"),
          List.of("long unsigned int", "unsigned long"),
          List.of("long long int", "long long"),
          List.of("long long unsigned int", "unsigned long long"),
          List.of("_Bool", "bool"));

  private final Optional<TypeTable> named;
  private final TypeTable kernel;
  private final Supplier<Map<String, TypeTable>> modulesSource;
  private @Nullable Map<String, TypeTable> modules;
  private final Map<String, Optional<TypeRef>> known = new ConcurrentHashMap<>();

  /**
   * @param modules tables of modules by name, asked for once and when first needed
   */
  public KernelTypes(TypeTable kernel, Supplier<Map<String, TypeTable>> modules) {
    this(Optional.empty(), kernel, modules);
  }

  private KernelTypes(
      Optional<TypeTable> named, TypeTable kernel, Supplier<Map<String, TypeTable>> modules) {
    this.named = named;
    this.kernel = kernel;
    this.modulesSource = modules;
  }

  /** The same with a table that is believed before these. */
  KernelTypes after(TypeTable other) {
    return new KernelTypes(Optional.of(other), kernel, this::modules);
  }

  public static KernelTypes of(TypeTable kernel) {
    return new KernelTypes(kernel, Map::of);
  }

  /** The table of the kernel itself. */
  public TypeTable kernel() {
    return kernel;
  }

  /** The same without those of modules, for a name that no module's type would be meant by. */
  public KernelTypes withoutModules() {
    return new KernelTypes(named, kernel, Map::of);
  }

  /** The tables of those modules that have their own, by name, in the order of loading. */
  public synchronized Map<String, TypeTable> modules() {
    if (modules == null) {
      modules = modulesSource.get();
    }
    return modules;
  }

  /**
   * A type as C writes it: {@code struct task_struct}, {@code union thread_union}, {@code enum
   * pid_type}, {@code atomic_t}, {@code unsigned long} (or {@code long unsigned int}).
   */
  public Optional<TypeRef> find(String name) {
    Optional<TypeRef> found = known.get(name);
    if (found == null) {
      found = lookUp(name);
      if (known.size() < MAX_KEPT) {
        known.put(name, found);
      }
    }
    return found;
  }

  private Optional<TypeRef> lookUp(String name) {
    for (TypeTable.Kind kind : TypeTable.Kind.values()) {
      if (name.startsWith(kind.keyword())) {
        Optional<TypeRef> found = find(kind, name.substring(kind.keyword().length()));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** C has several spellings of its integers; the two compilers prefer different ones. */
  private static List<String> spellings(String name) {
    return SPELLINGS.stream().filter(same -> same.contains(name)).findFirst().orElse(List.of(name));
  }

  private Optional<TypeRef> find(TypeTable.Kind kind, String name) {
    for (String spelling : spellings(name)) {
      Optional<TypeRef> found = findSpelled(kind, spelling);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<TypeRef> findSpelled(TypeTable.Kind kind, String name) {
    return tables().flatMap(table -> table.named(kind, name).stream()).findFirst();
  }

  /** All tables, in the order in which they are believed. */
  Stream<TypeTable> tables() {
    Stream<TypeTable> kernels = Stream.concat(named.stream(), Stream.of(kernel));
    // Those of modules take reading, which a type of the kernel does not need.
    return Stream.concat(kernels, Stream.of(this).flatMap(all -> all.modules().values().stream()));
  }

  /** A struct or union as C writes it, or a typedef of one. */
  public Optional<Compound> compound(String name) {
    return find(name)
        .map(type -> type.get().resolved())
        .filter(Compound.class::isInstance)
        .map(Compound.class::cast);
  }

  /**
   * What a function takes and returns.
   *
   * @param module that it is of; empty for one of the kernel itself
   */
  public Optional<Type.Prototype> function(String name, Optional<String> module) {
    Optional<TypeTable> table =
        module.isPresent() ? Optional.ofNullable(modules().get(module.get())) : Optional.of(kernel);
    return table.flatMap(found -> found.function(name));
  }

  /** Whether a struct or union has a member, written as for {@link Compound#path}. */
  public boolean has(String compound, String member) {
    return compound(compound).map(type -> type.has(member)).orElse(false);
  }
}
