package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/** {@code monitor mod [-t]}, laid out after the command of that name in crash. */
final class ModCommand extends KernelCommand {
  /**
   * The letters of the bits of {@code module.taints}, bit 0 first (Linux
   * Documentation/admin-guide/tainted-kernels.rst).
   */
  private static final String TAINTS = "PFSRMBUDAWCIOELKXTNJ";

  ModCommand() {
    super(
        "mod",
        "[-t]",
        "List the loaded modules",
        """
        MODULE is the address of the struct module, BASE and SIZE are of its memory, of its code
        where that is apart (since Linux 6.4). [CONFIG_KALLSYMS] tells that its symbols are known
        from the dump. OBJECT FILE is the module's own file as debuggers are given it, where it was
        found beside vmlinux. -t lists only modules that taint the kernel: P proprietary, O built out of
        the kernel's tree, E unsigned, F forced, C staging, and so on as the kernel's
        tainted-kernels.rst has it.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    boolean taints = arguments.equals(List.of("-t"));
    if (!taints) {
      takesNone(arguments);
    }
    if (!machine(call).linux().hasModuleList()) {
      throw new MissingFactException("the list of modules cannot be found or read");
    }
    List<KernelModule> modules = new ArrayList<>(machine(call).linux().modules());
    modules.sort(Comparator.comparing(KernelModule::base, Long::compareUnsigned));
    Optional<TypedMemory> types = machine(call).linux().types();
    List<Object> tree = new ArrayList<>();
    Optional<ServedSymbols> served = taints ? Optional.empty() : machine(call).servedSymbols();
    Map<String, String> files = new HashMap<>();
    for (KernelModule module : modules) {
      Map<String, Object> one = tree(module, types);
      served
          .flatMap(symbols -> symbols.moduleFile(module.name()))
          .ifPresent(
              file -> {
                files.put(module.name(), file);
                one.put("file", file);
              });
      if (!taints || !"".equals(one.get("taints"))) {
        tree.add(one);
      }
    }
    return new Answer(
        taints
            ? tainting(modules, typed(call))
            : list(modules, files, machine(call).pointerBytes() * 2),
        tree);
  }

  private static int nameWidth(List<KernelModule> modules) {
    return modules.stream().mapToInt(module -> module.name().length()).max().orElse(4);
  }

  private static String list(List<KernelModule> modules, Map<String, String> files, int digits) {
    int names = Math.max(nameWidth(modules), 4);
    int sizes = modules.stream().mapToInt(m -> Long.toString(m.size()).length()).max().orElse(4);
    String row = "%-" + digits + "s  %-" + names + "s  %" + digits + "s  %" + sizes + "s  %s\n";
    StringBuilder text = new StringBuilder();
    String centred = " ".repeat((digits - "MODULE".length()) / 2) + "MODULE";
    text.append(row.formatted(centred, "NAME", "BASE", "SIZE", "OBJECT FILE"));
    for (KernelModule module : modules) {
      text.append(
          row.formatted(
              Long.toHexString(module.structure()),
              module.name(),
              Long.toHexString(module.base()),
              module.size(),
              files.getOrDefault(
                  module.name(),
                  "(not loaded)" + (module.symbols().isPresent() ? "  [CONFIG_KALLSYMS]" : ""))));
    }
    return text.toString();
  }

  private static String tainting(List<KernelModule> modules, TypedMemory types)
      throws KernelReadException {
    int names = Math.max(nameWidth(modules), 4);
    StringBuilder lines = new StringBuilder();
    for (KernelModule module : modules) {
      String letters = taints(module, types);
      if (!letters.isEmpty()) {
        lines.append(("%-" + names + "s  %s\n").formatted(module.name(), letters));
      }
    }
    return lines.isEmpty()
        ? "no tainted modules\n"
        : ("%-" + names + "s  TAINTS\n").formatted("NAME") + lines;
  }

  private static String taints(KernelModule module, TypedMemory types) throws KernelReadException {
    long bits = types.object("struct module", module.structure()).value("taints");
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < TAINTS.length(); i++) {
      if ((bits >>> i & 1) != 0) {
        letters.append(TAINTS.charAt(i));
      }
    }
    return letters.toString();
  }

  private static Map<String, Object> tree(KernelModule module, Optional<TypedMemory> types) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", module.name());
    tree.put("module", hex(module.structure()));
    tree.put("base", hex(module.base()));
    tree.put("size", module.size());
    module.buildId().ifPresent(id -> tree.put("build_id", id));
    if (types.isPresent()) {
      try {
        tree.put("taints", taints(module, types.get()));
      } catch (KernelReadException e) {
        // Known of the other modules perhaps.
      }
    }
    return tree;
  }
}
