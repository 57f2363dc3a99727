package org.vmcore.gdbstub.inspect.code;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * The machine's instructions in a piece of the kernel's memory, for questions about other things.
 */
public final class CodeLines {
  /** Longer than what is compiled at once. */
  private static final long MAX_BYTES = 16 << 20;

  private CodeLines() {}

  /**
   * An instruction.
   *
   * @param text with the names of what it leads to
   */
  public record Line(long address, String text) {}

  /**
   * All of a piece.
   *
   * @throws MissingFactException when instructions of this architecture are not told apart here
   */
  public static List<Line> of(Call call, long start, long bytes)
      throws MissingFactException, KernelReadException {
    Disassembler disassembler = Dis.disassembler(call);
    byte[] code = call.machine().kernelMemory().upTo(start, (int) Math.min(bytes, MAX_BYTES));
    if (code.length < bytes) {
      throw new KernelReadException(
          Reason.UNREADABLE, "code at %#x is not in the dump".formatted(start + code.length));
    }
    List<Line> lines = new ArrayList<>();
    for (int offset = 0; offset < code.length; ) {
      long address = start + offset;
      Disassembler.Instruction one = disassembler.at(code, offset, address);
      lines.add(new Line(address, text(call, one)));
      offset += Math.max(1, one.length());
    }
    return lines;
  }

  private static String text(Call call, Disassembler.Instruction one) throws MissingFactException {
    OptionalLong target = one.target().isPresent() ? one.target() : one.reference();
    if (target.isEmpty()) {
      return one.text();
    }
    Optional<Located> at = call.symbols().at(target.getAsLong());
    String name = at.map(found -> " <" + found.text() + ">").orElse("");
    String mark = one.target().isPresent() ? "" : "        # ";
    return one.text() + mark + "0x" + Long.toHexString(target.getAsLong()) + name;
  }
}
