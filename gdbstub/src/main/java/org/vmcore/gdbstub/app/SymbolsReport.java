package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.VmlinuxChoice;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/** Which symbols a dump has, where they were looked for, and what to do where there are none. */
final class SymbolsReport {
  private SymbolsReport() {}

  /** For {@code info}. */
  static Map<String, Object> of(CrashedMachine machine) {
    VmlinuxChoice choice = machine.vmlinuxChoice();
    Map<String, Object> report = new LinkedHashMap<>();
    choice.vmlinux().map(Vmlinux::path).ifPresent(path -> report.put("vmlinux", path.toString()));
    if (!choice.source().isEmpty()) {
      report.put("vmlinux_by", choice.source());
    }
    choice.mismatch().ifPresent(text -> report.put("vmlinux_refused", text));
    if (choice.vmlinux().isEmpty()) {
      report.put("not_in", choice.without());
      advice(machine).ifPresent(text -> report.put("advice", text));
    }
    return report;
  }

  /** For the head of {@code serve}: what debuggers are given, and what would give them more. */
  static List<String> lines(CrashedMachine machine) {
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
  static boolean areServed(CrashedMachine machine) {
    return machine.servedSymbols().filter(ServedSymbols::hasImage).isPresent();
  }
}
