package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.PageStates;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A {@code struct page} as it is; of the tail of a larger piece most means something else.
 *
 * @param page its address
 * @param physical address that it describes
 * @param mapping with the bits that tell what it points at
 * @param flags all bits, the node's and the zone's numbers among them
 * @param names of the flags that are set
 */
public record PageRow(
    @Hex long page,
    @Hex long physical,
    @Hex long mapping,
    @Hex long index,
    int references,
    @Hex long flags,
    List<String> names) {
  /** That of a frame that is described. */
  public static PageRow of(PageKnowledge known, long frame) throws KernelReadException {
    long page = known.frames().descriptor(frame).orElseThrow();
    PageStates.Raw raw = known.states().raw(page);
    return new PageRow(
        page,
        frame * known.frames().pageBytes(),
        raw.mapping(),
        raw.index(),
        raw.references(),
        raw.flags(),
        known.states().names(raw.flags()));
  }

  /** The titles of the columns. */
  public static void head(Text out) {
    int digits = out.digits();
    out.row(
        "%-" + digits + "s %8s %-" + digits + "s %8s CNT FLAGS\n",
        Text.centred("PAGE", digits),
        "PHYSICAL",
        Text.centred("MAPPING", digits),
        "INDEX");
  }

  /** Prints it as a row. */
  public void print(Text out) {
    int digits = out.digits();
    out.line(
        "%" + digits + "x %8x %" + digits + "x %8x %2d %x %s",
        page,
        physical,
        mapping,
        index,
        references,
        flags,
        String.join(",", names));
  }
}
