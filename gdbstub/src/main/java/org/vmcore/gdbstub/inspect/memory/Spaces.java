package org.vmcore.gdbstub.inspect.memory;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.AddressSpaces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code spaces}. */
@Command(
    name = "spaces",
    description = "Search memory for the page tables of processes.",
    footer =
        """
        Lists the physical address of each top-level page table whose kernel half is the
        kernel's own, and with ADDRESS only those that map it, and where to. Reads all of the
        dump's memory once. Give one of them to 'monitor space'.
        """)
public final class Spaces extends Query<Spaces.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "ADDRESS",
      converter = HexAddress.class,
      description = "A virtual address, hexadecimal.")
  private @Nullable Long address;

  /** In the order of memory. */
  record Answer(Rows<Space> spaces) {}

  /**
   * Page tables.
   *
   * @param root physical address of the top-level one
   * @param physical what it maps the address to that was asked about
   */
  record Space(@Hex long root, @Hex OptionalLong physical) {}

  @Override
  public Answer answer(Call call) throws MissingFactException {
    AddressSpaces spaces = call.machine().spaces();
    return new Answer(
        Rows.of(
            call,
            out ->
                spaces.forEach(
                    root -> {
                      if (address == null) {
                        out.accept(new Space(root, OptionalLong.empty()));
                      } else if (spaces.at(root).translate(address)
                          instanceof Translation.Mapped mapped) {
                        out.accept(new Space(root, OptionalLong.of(mapped.physicalAddress())));
                      }
                    },
                    call::stillBusy)));
  }

  @Override
  public void print(Answer answer, Text out) {
    int found =
        answer
            .spaces()
            .forEach(
                space -> {
                  out.print("%#x", space.root());
                  if (space.physical().isPresent()) {
                    out.print(" -> %#x", space.physical().getAsLong());
                  }
                  out.print("\n");
                });
    if (found == 0) {
      out.print("no page tables%s found\n", address == null ? "" : " that map it were");
    }
  }
}
