package org.vmcore.gdbstub.linux.types;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * The kernel's memory as objects with types, which is how its structures are read:
 *
 * <pre>{@code
 * KernelObject init = memory.variable("init_task", "struct task_struct");
 * for (KernelObject task : init.member("tasks").list("struct task_struct", "tasks")) {
 *   System.out.println(task.value("pid") + " " + task.string("comm"));
 * }
 * }</pre>
 *
 * Safe for use by several threads; the objects are not.
 */
public final class TypedMemory {
  private final KernelMemory memory;
  private final KernelTypes types;
  private final SymbolTable symbols;
  private final Map<String, Optional<Long>> known = new ConcurrentHashMap<>();

  /**
   * @param symbols run-time addresses
   */
  public TypedMemory(KernelMemory memory, KernelTypes types, SymbolTable symbols) {
    this.memory = memory;
    this.types = types;
    this.symbols = symbols;
  }

  /** The same with types that are believed before these. */
  public TypedMemory after(TypeTable other) {
    return new TypedMemory(memory, types.after(other), symbols);
  }

  /** The same types in other memory, such as a process' own. */
  public TypedMemory in(VirtualMemory other) {
    KernelMemory its = new KernelMemory(other, memory.byteOrder(), memory.wordBytes());
    return new TypedMemory(its, types, symbols);
  }

  public KernelMemory memory() {
    return memory;
  }

  public KernelTypes types() {
    return types;
  }

  /**
   * The object of a type at an address. Nothing is read yet.
   *
   * @param type as for {@link KernelTypes#find}
   * @throws KernelReadException when the kernel has no such type
   */
  public KernelObject object(String type, long address) throws KernelReadException {
    return object(type(type), address);
  }

  /** The object of a type at an address. Nothing is read yet. */
  public KernelObject object(Type type, long address) {
    return KernelObject.at(this, type, address);
  }

  /**
   * A variable; of a per-CPU one the copy that is in the image, which {@link KernelObject#moved}
   * takes to a CPU's.
   *
   * @throws KernelReadException when the kernel has no such symbol or no such type
   */
  public KernelObject variable(String symbol, String type) throws KernelReadException {
    Optional<Long> address = address(symbol);
    if (address.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "the kernel has no symbol '" + symbol + "'");
    }
    return object(type, address.get());
  }

  /** Run-time address of a symbol. */
  public Optional<Long> address(String symbol) {
    return known.computeIfAbsent(
        symbol, name -> Optional.ofNullable(symbols.find(Set.of(name)).get(name)));
  }

  Type type(String name) throws KernelReadException {
    Optional<TypeRef> type = types.find(name);
    if (type.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "the kernel has no type '" + name + "'");
    }
    return type.get().get();
  }
}
