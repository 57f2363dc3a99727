package org.vmcore.gdbstub.inspect.analyze;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.LogQuery;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.oops.ConsoleLog;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code analyze}: what happened, and how one knows. */
@Command(
    name = "analyze",
    description = "Tell what happened, and what that follows from.",
    footer =
        """
        The title is what syzbot would call the failure; under each statement stands its evidence, and
        the command that shows it in a debugger. The signature's three levels are the same for the
        same failure on another build or architecture. Takes the text of a log too (dmesg, a console,
        what kdump leaves beside a dump).
          analyze --rules /etc/known-issues
        """)
public final class Analyze extends LogQuery<Analysis> {
  @Option(
      names = "--rules",
      paramLabel = "DIR",
      description = "Tell which of the known issues in a directory's rule files fit.")
  private @Nullable Path rules;

  @Override
  public int version() {
    return 3;
  }

  @Override
  public Analysis answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (rules != null && call.isOfDebugger()) {
      throw NoAnswerException.usage(
          "--rules reads files where the server is, and is for its command line");
    }
    return withKnown(new MachineVerdict(call).analysis());
  }

  @Override
  public Analysis answer(String log) throws NoAnswerException {
    return withKnown(new LogVerdict(ConsoleLog.lines(log)).analysis());
  }

  private Analysis withKnown(Analysis analysis) throws NoAnswerException {
    Optional<Path> directory = Optional.ofNullable(rules);
    return directory.isPresent()
        ? analysis.with(KnownIssues.in(directory.get()).matching(analysis))
        : analysis;
  }

  @Override
  public void print(Analysis answer, Text out) {
    new AnalysisText(out).print(answer);
  }
}
