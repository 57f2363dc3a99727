package org.vmcore.gdbstub.linux;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The two variables that show by what they hold where they are, in a kernel whose own table has
 * names of code alone. Each is looked for once. Safe for use by several threads.
 */
final class ShapedVariables implements SymbolTable {
  private final KernelMemory memory;
  private final KernelNames names;
  private final TypesInUse types;
  private final Lazy<OptionalLong, RuntimeException> initTask = Lazy.of(this::findInitTask);
  private final Lazy<OptionalLong, RuntimeException> modules = Lazy.of(this::findModules);

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
