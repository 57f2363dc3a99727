package org.vmcore.gdbstub.stub;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.process.ProcFiles;
import org.vmcore.gdbstub.machine.process.UserProcess;
import org.vmcore.gdbstub.rsp.Target.NoProcessException;
import org.vmcore.gdbstub.rsp.Target.OfferedFile;

/** The processes of a machine, as one debugger asks for them by PID. */
final class MachineProcesses {
  /** gdb asks for several files of one process in a row. */
  private static final int MOST_KEPT = 16;

  private final CrashedMachine machine;
  private final Map<Integer, Optional<UserProcess>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Optional<UserProcess>> eldest) {
          return size() > MOST_KEPT;
        }
      };

  MachineProcesses(CrashedMachine machine) {
    this.machine = machine;
  }

  /** A process to be shown as an inferior. */
  ProcessTarget attach(long pid, ProcessTarget.Machine shownBy) throws NoProcessException {
    try {
      UserProcess process = UserProcess.of(machine, pid);
      known.put(process.pid(), Optional.of(process));
      return new ProcessTarget(process, shownBy);
    } catch (MissingFactException e) {
      throw new NoProcessException(String.valueOf(e.getMessage()));
    }
  }

  private Optional<UserProcess> process(int pid) {
    return known.computeIfAbsent(
        pid,
        number -> {
          try {
            return Optional.of(UserProcess.of(machine, number));
          } catch (MissingFactException e) {
            // attach() says why; those who list processes have asked for none.
            return Optional.empty();
          }
        });
  }

  /** One of the files of /proc. */
  Optional<OfferedFile> file(String name) {
    return ProcFiles.Name.parse(name)
        .flatMap(
            parsed ->
                process(parsed.pid()).flatMap(process -> ProcFiles.read(process, parsed.file())))
        .map(bytes -> new ProcessTarget.Content(name, bytes));
  }

  /** What one of the links in /proc leads to. */
  Optional<String> link(String name) {
    return ProcFiles.Name.parse(name)
        .flatMap(
            parsed ->
                process(parsed.pid()).flatMap(process -> ProcFiles.link(process, parsed.file())));
  }
}
