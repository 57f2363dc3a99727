package org.vmcore.gdbstub.stub;

import java.util.List;
import org.vmcore.gdbstub.rsp.Target.Library;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.offer.Taker;

/** Libraries as the protocol offers them. */
final class LibraryList {
  private LibraryList() {}

  static List<Library> of(ServedSymbols symbols, Taker taker) {
    return symbols.libraries(taker).stream()
        .map(
            library ->
                new Library(
                    library.file(),
                    library.bySegments() ? Library.Unit.SEGMENT : Library.Unit.SECTION,
                    library.addresses()))
        .toList();
  }
}
