package org.vmcore.gdbstub.inspect.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Nearest;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.pstore.FunctionTrace;
import org.vmcore.gdbstub.linux.pstore.PersistentRecord;
import org.vmcore.gdbstub.linux.pstore.PersistentRecords;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pstore}, which crash has no command for. */
@Command(
    name = "pstore",
    description = "List what pstore kept over boots, or print a record of it.",
    footer =
        """
        WHERE is "file" of what /sys/fs/pstore had, which is of an earlier boot or an oops; "left" of
        what a zone of ramoops had from the boot before; "zone" of what is in such a zone now. The
        zones are in a dump if their memory is in it: kdump leaves out what was reserved at boot. For
        example:
          pstore
          pstore dmesg-ramoops-0 -o before.txt
        """)
public final class Pstore extends BytesQuery<Pstore.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "[N|NAME]",
      hideParamSyntax = true,
      description = "The record with this number or name.")
  private @Nullable String wanted;

  @Option(names = "-o", paramLabel = "FILE", description = "Write the record to this file.")
  private @Nullable String output;

  /** */
  sealed interface Answer permits Records, Content {}

  /**
   * @param backend the driver that keeps records
   */
  record Records(Optional<String> backend, List<Row> records) implements Answer {}

  /**
   * A record.
   *
   * @param name of its file in /sys/fs/pstore, which one in a zone has after the next boot
   * @param where file, left or zone
   * @param address of the kernel's bytes of it
   * @param time when it was written, if it tells
   */
  record Row(
      int number,
      String name,
      String where,
      @Hex long address,
      long bytes,
      Optional<Instant> time) {
    static Row of(int number, PersistentRecord record) {
      return new Row(
          number,
          record.name(),
          record.place().name().toLowerCase(Locale.ROOT),
          record.address(),
          record.content().length,
          record.time());
    }
  }

  /**
   * @param base64 what is in it
   */
  record Content(Row record, String base64) implements Answer {
    byte[] data() {
      return Base64.getDecoder().decode(base64);
    }
  }

  @Override
  public boolean isOfBytes() {
    return wanted != null;
  }

  @Override
  public Optional<String> output() {
    return Optional.ofNullable(output);
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (wanted == null && output != null) {
      throw NoAnswerException.usage("-o takes a record");
    }
    Reasons reasons = new Reasons();
    List<PersistentRecord> all = PersistentRecords.read(call.typed(), ramoops(call), reasons);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      rows.add(Row.of(i, all.get(i)));
    }
    if (wanted == null) {
      call.notes().incomplete(reasons);
      return new Records(PersistentRecords.backend(call.typed()), rows);
    }
    // What cannot be read of others is nothing to a record that is there.
    Row row = chosen(wanted, rows);
    byte[] content = all.get(row.number()).content();
    byte[] shown = row.name().startsWith("ftrace-") ? functions(call, content) : content;
    return new Content(row, Base64.getEncoder().encodeToString(shown));
  }

  private static OptionalLong ramoops(Call call) throws MissingFactException {
    return call.symbols().named("oops_cxt").stream()
        .mapToLong(SymbolNames.Named::address)
        .findFirst();
  }

  private static Row chosen(String wanted, List<Row> rows) throws NoAnswerException {
    List<Row> found =
        rows.stream()
            .filter(row -> row.name().equals(wanted) || wanted.equals("" + row.number()))
            .toList();
    if (found.isEmpty()) {
      List<String> names = rows.stream().map(Row::name).toList();
      throw NoAnswerException.notThere(
          "there is no record '%s'%s"
              .formatted(
                  wanted,
                  Nearest.of(wanted, names)
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("")));
    }
    if (found.size() > 1) {
      throw NoAnswerException.notThere(
          "there are %d records '%s': give a number, such as %d"
              .formatted(found.size(), wanted, found.get(0).number()));
    }
    return found.get(0);
  }

  private static byte[] functions(Call call, byte[] content) throws MissingFactException {
    SymbolNames symbols = call.symbols();
    FunctionTrace trace = new FunctionTrace(call.typed().memory(), content);
    return trace
        .text(address -> symbols.at(address).map(SymbolNames.Located::text))
        .getBytes(ISO_8859_1);
  }

  @Override
  public void write(Answer answer, OutputStream out) throws IOException {
    if (answer instanceof Content content) {
      out.write(content.data());
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Content content) {
      out.lay(new String(content.data(), ISO_8859_1));
    } else if (answer instanceof Records all) {
      out.print("BACKEND: %s\n\n", all.backend().orElse("(none)"));
      String row = "%3s  %-24s  %8s  %-5s  %s\n";
      out.row(row, "N", "NAME", "BYTES", "WHERE", "TIME");
      for (Row one : all.records()) {
        out.row(
            row,
            one.number(),
            one.name(),
            one.bytes(),
            one.where(),
            one.time().map(Instant::toString).orElse("-"));
      }
    }
  }
}
