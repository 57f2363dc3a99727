package org.vmcore.gdbstub.linux;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.Modules;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The variables that show by what they hold where they are, in a kernel whose own table has names
 * of code alone. Each is looked for once. Safe for use by several threads.
 */
final class ShapedVariables implements SymbolTable {
  /** The list of the modules' types (Linux kernel/bpf/btf.c). */
  private static final String MODULE_TYPES = "btf_modules";

  private final KernelMemory memory;
  private final KernelNames names;
  private final TypesInUse types;
  private final Lazy<OptionalLong, RuntimeException> initTask = Lazy.of(this::findInitTask);
  private final Lazy<OptionalLong, RuntimeException> modules = Lazy.of(this::findModules);
  private final Lazy<OptionalLong, RuntimeException> moduleTypes = Lazy.of(this::findModuleTypes);

  /**
   * @param names that are told, not shown
   */
  ShapedVariables(KernelMemory memory, KernelNames names, TypesInUse types) {
    this.memory = memory;
    this.names = names;
    this.types = types;
  }

  @Override
  public Map<String, Long> find(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>();
    if (wanted.contains(LinuxKernel.MODULES)) {
      modules.get().ifPresent(address -> found.put(LinuxKernel.MODULES, address));
    }
    if (wanted.contains(MODULE_TYPES)) {
      moduleTypes.get().ifPresent(address -> found.put(MODULE_TYPES, address));
    }
    // The first task is known by the types of tasks: it is no help in finding those.
    if (wanted.contains(LinuxKernel.INIT_TASK) && !types.areSoughtByCaller()) {
      initTask.get().ifPresent(address -> found.put(LinuxKernel.INIT_TASK, address));
    }
    return found;
  }

  private OptionalLong findInitTask() {
    OptionalLong image = unnamedImage();
    return image.isEmpty()
        ? image
        : types
            .types()
            .map(known -> new VariableShapes(memory, image.getAsLong()).initTask(known.types()))
            .orElse(OptionalLong.empty());
  }

  private OptionalLong findModules() {
    OptionalLong image = unnamedImage();
    return image.isEmpty() ? image : new VariableShapes(memory, image.getAsLong()).modules();
  }

  private OptionalLong findModuleTypes() {
    OptionalLong image = unnamedImage();
    if (image.isEmpty() || modules.get().isEmpty()) {
      return OptionalLong.empty();
    }
    Set<Long> structures =
        Modules.read(memory, modules.get().getAsLong()).stream()
            .map(KernelModule::structure)
            .collect(Collectors.toSet());
    return new VariableShapes(memory, image.getAsLong()).moduleTypes(structures);
  }

  /** Where the image starts whose data has no names; empty where what has no name is not there. */
  private OptionalLong unnamedImage() {
    boolean namesCodeAlone =
        names
            .kallsyms()
            .map(table -> table.find(Set.of(LinuxKernel.INIT_TASK)).isEmpty())
            .orElse(false);
    return namesCodeAlone ? names.imageStart() : OptionalLong.empty();
  }
}
