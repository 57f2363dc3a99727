package org.vmcore.gdbstub.linux;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;
import org.vmcore.gdbstub.linux.tasks.ShapedTasks;
import org.vmcore.gdbstub.linux.tasks.TypesFit;
import org.vmcore.gdbstub.linux.types.KernelBtf;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Which of all the types that may be the kernel's are believed. Safe for use by several threads.
 */
final class TypesInUse {
  private static final Logger LOG = LoggerFactory.getLogger(TypesInUse.class);

  private final KernelMemory memory;
  private final KernelNames names;
  private final SymbolTable symbols;
  private final LinuxKernel.TypeSource others;
  private final Lazy<Choice, RuntimeException> choice = Lazy.of(this::choose);
  private final Lazy<Optional<TypedMemory>, RuntimeException> shaped = Lazy.of(this::shape);

  /**
   * @param problem why types that there are were not used, as a clause
   */
  private record Choice(Optional<TypedMemory> types, Optional<String> problem) {}

  /**
   * @param names that are told
   * @param symbols all, those of variables that are known by what they hold too
   */
  TypesInUse(
      KernelMemory memory, KernelNames names, SymbolTable symbols, LinuxKernel.TypeSource others) {
    this.memory = memory;
    this.names = names;
    this.symbols = symbols;
    this.others = others;
  }

  /** See {@link LinuxKernel#types}. */
  Optional<TypedMemory> types() {
    return choice.get().types();
  }

  /** See {@link LinuxKernel#typesProblem}. */
  Optional<String> problem() {
    return choice.get().problem();
  }

  /** Whether the caller is itself in search of them. */
  boolean areSoughtByCaller() {
    return choice.isComputedByCaller();
  }

  /** See {@link LinuxKernel#taskTypes}. */
  Optional<TypedMemory> taskTypes() {
    return types().or(shaped::get);
  }

  private Optional<TypedMemory> shape() {
    return initTask().flatMap(address -> ShapedTasks.open(memory, symbols, address));
  }

  private Optional<Long> initTask() {
    return Optional.ofNullable(
        symbols.find(Set.of(LinuxKernel.INIT_TASK)).get(LinuxKernel.INIT_TASK));
  }

  private Choice choose() {
    Choice own = judged(KernelBtf.open(memory, symbols, unnamedData()));
    Choice named =
        judged(
            others
                .open(false)
                .map(
                    table ->
                        own.types()
                            .map(kernel -> kernel.after(table))
                            .orElseGet(() -> typed(table))));
    if (named.types().isPresent() || own.types().isPresent()) {
      return new Choice(named.types().or(own::types), named.problem().or(own::problem));
    }
    Choice needed = judged(others.open(true).map(this::typed));
    return new Choice(needed.types(), needed.problem().or(named::problem).or(own::problem));
  }

  /**
   * Where the image starts whose data has no names, as that of a kernel without
   * CONFIG_KALLSYMS_ALL; empty where what has no name is not there.
   */
  private OptionalLong unnamedData() {
    return initTask().isPresent() ? OptionalLong.empty() : names.imageStart();
  }

  /** Types that contradict the memory are worse than none. */
  private Choice judged(Optional<TypedMemory> found) {
    // Without the first task there is nothing to hold them against; they may yet lead to it.
    Optional<String> problem =
        found.filter(types -> initTask().isPresent()).flatMap(TypesFit::problem);
    problem.ifPresent(
        text ->
            LOG.warn(
                "types that were found are not those of this kernel: {}; they are not used", text));
    return new Choice(found.filter(types -> problem.isEmpty()), problem);
  }

  private TypedMemory typed(TypeTable table) {
    return new TypedMemory(memory, KernelTypes.of(table), symbols);
  }
}
