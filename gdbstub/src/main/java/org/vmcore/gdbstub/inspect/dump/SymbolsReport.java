package org.vmcore.gdbstub.inspect.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.VmlinuxChoice;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Which symbols a dump has, where they were looked for, and what to do where there are none.
 *
 * @param vmlinux that is used
 * @param vmlinuxBy how it was found
 * @param vmlinuxRefused why the one that was named is not used
 * @param notIn where none was found
 * @param advice what to do about it
 */
public record SymbolsReport(
    Optional<String> vmlinux,
    Optional<String> vmlinuxBy,
    Optional<String> vmlinuxRefused,
    Optional<List<String>> notIn,
    Optional<String> advice) {

  /** For {@code info}. */
  static SymbolsReport of(CrashedMachine machine) {
    VmlinuxChoice choice = machine.vmlinuxChoice();
    boolean none = choice.vmlinux().isEmpty();
    return new SymbolsReport(
        choice.vmlinux().map(Vmlinux::path).map(Object::toString),
        Optional.of(choice.source()).filter(source -> !source.isEmpty()),
        choice.mismatch(),
        none ? Optional.of(choice.without()) : Optional.empty(),
        none ? advice(machine) : Optional.empty());
  }

  /** For the head of {@code serve}: what debuggers are given, and what would give them more. */
  public static List<String> lines(CrashedMachine machine) {
    VmlinuxChoice choice = machine.vmlinuxChoice();
    if (choice.vmlinux().isPresent()) {
      return List.of("%s (by %s)".formatted(choice.vmlinux().get().path(), choice.source()));
    }
    List<String> lines = new ArrayList<>();
    machine
        .servedSymbols()
        .ifPresent(
            symbols ->
                lines.add(
                    symbols.hasImage()
                        ? "the dump's own: names and what types it has, no source lines"
                        : "none"));
    if (!lines.isEmpty()) {
      advice(machine).ifPresent(lines::add);
    }
    return lines;
  }

  /** What to do about a vmlinux that was not found. */
  private static Optional<String> advice(CrashedMachine machine) {
    List<String> without = machine.vmlinuxChoice().without();
    if (machine.vmlinuxMismatch().isPresent()) {
      return Optional.empty();
    }
    String why =
        without.isEmpty()
            ? "the dump does not tell its build id"
            : "no vmlinux in " + String.join(", ", without);
    return Optional.of(
        why
            + "; install the kernel's debug package or set DEBUGINFOD_URLS, or give --vmlinux FILE"
            + " or --debug-dir DIRECTORY");
  }

  /** Whether a debugger is given all that there is, so that it needs no file of its own. */
  public static boolean areServed(CrashedMachine machine) {
    return machine.servedSymbols().filter(ServedSymbols::hasImage).isPresent();
  }
}
