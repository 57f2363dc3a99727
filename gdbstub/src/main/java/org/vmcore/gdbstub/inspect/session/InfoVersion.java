package org.vmcore.gdbstub.inspect.session;

import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code info version}. The kernel's own gdb scripts take a server that answers this for QEMU, and
 * only then know the current CPU (Linux scripts/gdb/linux/utils.py, get_gdbserver_type).
 */
@Command(name = "info", description = "Show which program serves which dump.")
public final class InfoVersion extends Query<InfoVersion.Answer> {
  @Parameters(paramLabel = "version", description = "The only word that it knows.")
  private String what = "";

  /**
   * @param program with its version
   * @param dump its file
   */
  record Answer(String program, String dump) {}

  @Override
  public boolean isOfSession() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException {
    if (!what.equals("version")) {
      throw NoAnswerException.usage("knows only 'version'");
    }
    return new Answer("vmcore-gdbserver " + Version.get(), call.machine().dump().info().file());
  }

  @Override
  public void print(Answer answer, Text out) {
    out.print("%s serving %s\n", answer.program(), answer.dump());
  }
}
