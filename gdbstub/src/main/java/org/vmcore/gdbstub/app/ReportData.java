package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.inspect.analyze.Analysis;
import org.vmcore.gdbstub.inspect.dump.MachineReport;
import org.vmcore.gdbstub.inspect.dump.MemoryMap;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.stacks.Bt;
import org.vmcore.gdbstub.inspect.symbols.Mod;

/**
 * All of a report for scripts; what the dump does not tell is left out.
 *
 * @param title the kernel's own words for what went wrong, where they are known
 * @param warnings what a reader must know before believing the rest
 * @param registers of the CPU that brought the machine down
 * @param memory bytes of physical memory that the dump has, or why it does not
 * @param untold sentences that say why something is left out
 * @param info what {@code info} tells
 * @param generator the program and its version
 */
record ReportData(
    String title,
    List<String> warnings,
    Optional<Analysis> analysis,
    Optional<MachineState> summary,
    Optional<Bt.Answer> backtrace,
    Optional<ReportLog> log,
    Optional<List<ReportCpus.Cpu>> cpus,
    Optional<Map<String, String>> registers,
    Optional<ReportTasks> tasks,
    Optional<ReportModules.Taints> taint,
    Optional<List<Mod.Module>> modules,
    Optional<Map<MemoryMap.Kind, Long>> memory,
    Optional<MachineReport.File> dump,
    List<String> untold,
    MachineReport info,
    String generator) {
  /** Of its JSON; see {@link org.vmcore.gdbstub.inspect.query.Query#version}. */
  static final int VERSION = 8;

  /** What is there of a report's sections. */
  static ReportData of(CrashReport report, MachineReport info, String generator) {
    return new ReportData(
        report.title(),
        report.warnings(),
        report.data("analysis"),
        report.data("summary"),
        report.data("backtrace"),
        report.data("log"),
        report.data("cpus"),
        report.data("registers"),
        report.data("tasks"),
        report.data("taint"),
        report.data("modules"),
        report.data("memory"),
        report.data("dump"),
        report.untold(),
        info,
        generator);
  }
}
