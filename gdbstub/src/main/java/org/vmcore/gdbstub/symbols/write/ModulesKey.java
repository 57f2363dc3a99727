package org.vmcore.gdbstub.symbols.write;

import java.util.zip.CRC32C;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleShape;

/**
 * What the modules' part of a file depends on. Each {@code struct module} tells where all of its
 * module is, its symbols and types among that, and has pointers that are others in every run.
 */
final class ModulesKey {
  private ModulesKey() {}

  /**
   * @param kernelKey see {@link KernelKey}
   */
  static String of(LinuxKernel kernel, String kernelKey) {
    CRC32C structures = new CRC32C();
    for (KernelModule module : kernel.modules()) {
      structures.update(kernel.memory().upTo(module.structure(), ModuleShape.MAX_STRUCTURE));
    }
    return "%s, %d modules with digest %08x"
        .formatted(kernelKey, kernel.modules().size(), structures.getValue());
  }
}
