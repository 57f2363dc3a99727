package org.vmcore.gdbstub.inspect.log;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.log.AuditQueue;
import org.vmcore.gdbstub.linux.log.KernelLog;
import org.vmcore.gdbstub.linux.log.SafeBuffers;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.machine.CrashTime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code log}, laid out after the command of that name in crash; also called dmesg. */
@Command(
    name = "log",
    description = "Print the kernel's log.",
    footer =
        """
        Each message has the seconds since the boot. Bytes that are no text of ASCII are shown as
        dots.
          log --level warn+
          log -T
        """)
public class Log extends Query<Log.Answer> {
  @Option(names = "-T", description = "Make the times dates in UTC.")
  private boolean dates;

  @Option(names = "-t", description = "Leave the times out.")
  private boolean timeless;

  @Option(names = "-m", description = "Show each level as a number in angle brackets.")
  private boolean levels;

  @Option(names = "-c", description = "Show who printed it: T and a thread, or C and a CPU.")
  private boolean callers;

  @Option(names = "-d", description = "Show what is told udev beside the text, too.")
  private boolean devices;

  @Option(
      names = "--level",
      paramLabel = "LEVEL,...",
      converter = Level.Chosen.class,
      description =
          "Only messages of these levels: emerg, alert, crit, err, warn, notice, info, debug;"
              + " 'err+' means err and whatever is worse.")
  private Set<Level> only = EnumSet.noneOf(Level.class);

  @Option(
      names = "-s",
      description = "What 4.10 to 5.14 had in buffers of each CPU on its way into the log.")
  private boolean safe;

  @Option(names = "-a", description = "The records of audit that its daemon had not had yet.")
  private boolean audit;

  /** */
  sealed interface Answer permits Messages, Audit, Safe {}

  /** By CPU; none where kernels have no such buffers, or nothing is left in them. */
  record Safe(List<SafeText> safe) implements Answer {}

  /**
   * A buffer's text.
   *
   * @param buffer its name
   * @param lost messages for which there was no room
   */
  record SafeText(String buffer, int cpu, @Hex long address, long lost, String text) {}

  /** The messages, the oldest first. */
  record Messages(Rows<Message> messages) implements Answer {}

  /** The oldest first. */
  record Audit(List<AuditRecord> audit) implements Answer {}

  /**
   * A record.
   *
   * @param type a number of include/uapi/linux/audit.h
   */
  record AuditRecord(int type, String text) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-R");
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (audit) {
      Listing<AuditQueue.Entry> found = AuditQueue.read(call.typed());
      call.notes().incomplete(found.problem());
      return new Audit(
          found.all().stream().map(one -> new AuditRecord(one.type(), one.text())).toList());
    }
    if (safe) {
      List<SafeText> texts = new ArrayList<>();
      for (SafeBuffers.Buffer one : SafeBuffers.read(call.typed(), call.cpus())) {
        texts.add(new SafeText(one.name(), one.cpu(), one.address(), one.lost(), one.text()));
      }
      return new Safe(texts);
    }
    if (dates && timeless) {
      throw NoAnswerException.usage("-T and -t exclude each other");
    }
    KernelLog log = MachineLog.read(call.machine());
    Optional<Instant> boot = dates ? Optional.of(CrashTime.boot(call.machine())) : Optional.empty();
    call.notes().incomplete(log.problem());
    return new Messages(
        Rows.of(
            call,
            out ->
                log.records().stream()
                    .map(record -> Message.of(record, boot))
                    .filter(m -> only.isEmpty() || m.level().filter(only::contains).isPresent())
                    .forEach(out)));
  }

  @Override
  public void print(Answer answer, Text out) {
    LogText layout = new LogText(!timeless, callers, levels, devices);
    if (answer instanceof Messages all) {
      int unused = all.messages().forEach(message -> out.lay(layout.of(message)));
    } else if (answer instanceof Safe found) {
      for (SafeText one : found.safe()) {
        out.print(
            "%s: CPU: %d  ADDR: %x  LEN: %d  MESSAGE_LOST: %d\n",
            one.buffer(), one.cpu(), one.address(), one.text().length(), one.lost());
        out.lay(one.text().endsWith("\n") ? one.text() : one.text() + "\n");
      }
    } else if (answer instanceof Audit records) {
      records.audit().forEach(one -> out.print("type=%d %s\n", one.type(), one.text()));
    }
  }
}
