package org.vmcore.gdbstub.inspect.symbols;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.Taint;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mod}, laid out after the command of that name in crash. */
@Command(
    name = "mod",
    description = "List the loaded modules.",
    footer =
        """
        MODULE is the address of the struct module, BASE and SIZE are of its memory, of its code
        where that is apart (since Linux 6.4). [CONFIG_KALLSYMS] tells that its symbols are known
        from the dump. OBJECT FILE is the module's own file as debuggers are given it, where it was
        found beside vmlinux. TAINTS are P proprietary, O built out of the kernel's tree, E
        unsigned, F forced, C staging, and so on as the kernel's tainted-kernels.rst has it.
        """)
public final class Mod extends Query<Mod.Answer> {
  @Option(names = "-t", description = "List only modules that taint the kernel.")
  private boolean tainting;

  @Option(names = "-s", paramLabel = "MODULE", description = "This one alone.")
  private @Nullable String module;

  @Option(
      names = "-d",
      hidden = true,
      description = "One whose symbols crash forgets; here they are the dump's own.")
  private @Nullable String forgotten;

  @Option(
      names = "-S",
      hidden = true,
      description = "All, whose symbols crash loads; here they are known without.")
  private boolean load;

  @Parameters(
      arity = "0..1",
      hidden = true,
      description = "Of -s and -S: where crash finds files; here --vmlinux tells.")
  private @Nullable String file;

  /** By address. */
  public record Answer(List<Module> modules) {}

  /**
   * A loaded module.
   *
   * @param module address of its {@code struct module}
   * @param size bytes of its memory
   * @param symbols whether its own symbol table is in the dump
   * @param taints the letters of what it brought about; none where that cannot be told
   * @param file its own file, as debuggers are given it
   */
  public record Module(
      String name,
      @Hex long module,
      @Hex long base,
      long size,
      Optional<String> buildId,
      boolean symbols,
      Optional<String> taints,
      Optional<String> file) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-r", "-g", "-p", "-o", "-R", "-D");
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (file != null && module == null && !load) {
      throw NoAnswerException.usage("takes a file with -s and -S only");
    }
    if (!call.machine().linux().hasModuleList()) {
      throw new MissingFactException("the list of modules cannot be found or read");
    }
    List<KernelModule> modules = new ArrayList<>(call.machine().linux().modules());
    modules.sort(Comparator.comparing(KernelModule::base, Long::compareUnsigned));
    Optional<TypedMemory> types =
        tainting ? Optional.of(call.typed()) : call.machine().linux().types();
    Optional<ServedSymbols> served = tainting ? Optional.empty() : call.machine().servedSymbols();
    List<Module> found = new ArrayList<>();
    if (forgotten != null) {
      modules.removeIf(one -> !one.name().equals(forgotten));
    }
    if (module != null) {
      modules.removeIf(one -> !one.name().equals(module));
      if (modules.isEmpty()) {
        throw NoAnswerException.notThere("no module is called '" + module + "'");
      }
    }
    for (KernelModule module : modules) {
      Optional<String> taints = types.flatMap(known -> taints(module, known, call));
      if (!tainting || taints.filter(letters -> !letters.isEmpty()).isPresent()) {
        found.add(
            new Module(
                module.name(),
                module.structure(),
                module.base(),
                module.size(),
                module.buildId(),
                module.symbols().isPresent(),
                taints,
                served.flatMap(symbols -> symbols.moduleFile(module.name()))));
      }
    }
    return new Answer(found);
  }

  private static Optional<String> taints(KernelModule module, TypedMemory types, Call call) {
    try {
      return Optional.of(Taint.letters(Taint.of(module, types)));
    } catch (KernelReadException e) {
      call.notes().incomplete("taints of %s: %s".formatted(module.name(), e.getMessage()));
      return Optional.empty();
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    List<Module> modules = answer.modules();
    int names =
        modules.stream().mapToInt(m -> Visible.line(m.name()).length()).reduce(4, Math::max);
    if (tainting) {
      tainting(modules, names, out);
      return;
    }
    int digits = out.digits();
    int sizes = modules.stream().mapToInt(m -> Long.toString(m.size()).length()).max().orElse(4);
    String row = "%-" + digits + "s  %-" + names + "s  %" + digits + "s  %" + sizes + "s  %s\n";
    String centred = Text.centred("MODULE", digits);
    out.row(row, centred, "NAME", "BASE", "SIZE", "OBJECT FILE");
    for (Module module : modules) {
      out.row(
          row,
          Long.toHexString(module.module()),
          module.name(),
          Long.toHexString(module.base()),
          module.size(),
          module.file().orElse("(not loaded)" + (module.symbols() ? "  [CONFIG_KALLSYMS]" : "")));
    }
  }

  private static void tainting(List<Module> modules, int names, Text out) {
    if (modules.isEmpty()) {
      out.print("no tainted modules\n");
      return;
    }
    String row = "%-" + names + "s  %s\n";
    out.row(row, "NAME", "TAINTS");
    modules.forEach(module -> out.row(row, module.name(), module.taints().orElse("")));
  }
}
