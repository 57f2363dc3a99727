package org.vmcore.gdbstub.inspect.numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pte}, laid out after the command of that name in crash. */
@Command(
    name = "pte",
    description = "Tell what an entry of a page table means.",
    footer = "That is one of the last level, which maps pages. 'vtop' shows those of an address.")
public final class Pte extends Query<Pte.Answer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "ENTRY...",
      hideParamSyntax = true,
      description = "Contents of page-table entries, hexadecimal.")
  private List<String> words = List.of();

  /** In the order of what was asked for. */
  record Answer(List<Entry> entries) {}

  /**
   * An entry.
   *
   * @param physical address of the page that it maps; none where it maps none
   * @param flags in the kernel's words
   */
  record Entry(@Hex long entry, @Hex OptionalLong physical, String flags) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    List<Entry> entries = new ArrayList<>();
    for (String word : words) {
      long value = HexAddress.parse(word);
      PageWalk.Step step =
          call.machine()
              .kernelSpace()
              .virtual()
              .pageTable()
              .lastEntry(value)
              .orElseThrow(
                  () ->
                      new MissingFactException(
                          "this machine's page tables have no entries of a last level"));
      boolean mapped = step.pageSize() > 0;
      entries.add(
          new Entry(
              value, mapped ? OptionalLong.of(step.target()) : OptionalLong.empty(), step.flags()));
    }
    return new Answer(entries);
  }

  @Override
  public void print(Answer answer, Text out) {
    for (Entry one : answer.entries()) {
      print(one.entry(), one.physical(), one.flags(), out);
    }
  }

  /** Three columns below their heads. */
  private static void print(long entry, OptionalLong physical, String flags, Text out) {
    String value = Long.toHexString(entry);
    String page = physical.isPresent() ? Long.toHexString(physical.getAsLong()) : "0";
    int first = Math.max(value.length(), 3);
    int second = Math.max(page.length(), 8);
    String row = "%-" + first + "s  %-" + second + "s  %s\n";
    out.row(row, Text.centred("PTE", first), Text.centred("PHYSICAL", second), "FLAGS");
    String meaning = physical.isPresent() ? "(" + flags + ")" : "(no mapping)";
    out.row(row, Text.centred(value, first), Text.centred(page, second), meaning);
  }
}
