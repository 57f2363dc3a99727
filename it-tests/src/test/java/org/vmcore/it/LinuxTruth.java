package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;

/** Shows what the commands print of a dump, and what others do. */
abstract class LinuxTruth {
  private static final Pattern LINE = Pattern.compile("(?m)^ *([A-Z]+(?: [A-Z]+)?): (.*)$");

  private static @Nullable CrashedMachine opened;
  private static @Nullable String printedByCrash;

  final LinuxDump dump;

  /** The end of its memory is missing, the kernel's variables with it. */
  final boolean isCutShort;

  LinuxTruth(LinuxDump dump) {
    this.dump = dump;
    this.isCutShort = dump.name().equals(CorpusDump.DISK_FULL.name());
  }

  @BeforeParameterizedClassInvocation
  static void open(LinuxDump dump) throws Exception {
    printedByCrash = null;
    opened = CrashedMachine.open(dump.file().get(), dump.options());
  }

  @AfterParameterizedClassInvocation
  static void close() throws Exception {
    if (opened != null) {
      opened.close();
    }
  }

  /** What a command prints; or, as the program says it, why it cannot. */
  static String shown(String command, String... arguments) {
    CrashedMachine machine = opened;
    if (machine == null) {
      throw new AssertionError("the dump was not opened");
    }
    Query<?> query = Queries.named(command).orElseThrow();
    StringBuilder out = new StringBuilder();
    try {
      Form.Wish unused = new Form(query).take(List.of(arguments));
      Call call = new Call(machine, new Call.Listener() {});
      Answering.asText(query, call, new Text(out::append, call.digits()));
      return out.toString();
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      return command + ": " + Answering.reason(e);
    }
  }

  /** The lines that head what crash prints, and ours, by what they are called. */
  static Map<String, String> banner(String text) {
    Map<String, String> lines = new LinkedHashMap<>();
    LINE.matcher(text).results().forEach(l -> lines.putIfAbsent(l.group(1), l.group(2).strip()));
    return lines;
  }

  /** What crash printed of it; what it prints now, if its kernel's types are here. */
  String crash() throws Exception {
    if (dump.crash().isPresent() || dump.module().isPresent()) {
      return dump.crash().orElse("");
    }
    if (printedByCrash != null) {
      return printedByCrash;
    }
    assumeTrue(Command.isInstalled("crash"), "crash is not installed");
    Path script = Files.createTempFile("vmcore-it", ".crash");
    try {
      Files.writeString(script, "sys\nps\nmod\nquit\n");
      printedByCrash =
          Command.of(
                  "crash",
                  "-s",
                  "-i",
                  "" + script,
                  "" + dump.vmlinux().get(),
                  "" + dump.file().get())
              .run()
              .out();
      return printedByCrash;
    } finally {
      Files.deleteIfExists(script);
    }
  }
}
