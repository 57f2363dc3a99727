package org.vmcore.gdbstub.inspect.types;

import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypeNames;

/** A structure in memory with all that it holds, for questions that are about something else. */
public record StructValue(String type, @Hex long address, Value value) {
  /** Reads one. */
  public static StructValue of(Call call, KernelObject object)
      throws MissingFactException, KernelReadException {
    Value value = new ValueReader(call.symbols()).of(object);
    return new StructValue(TypeNames.of(object.type()), object.address(), value);
  }

  /**
   * Prints it as {@code struct} does.
   *
   * @param radix of integers, 10 or 16
   */
  public void print(Text out, int radix) {
    out.lay(type + " " + ValueText.of(value, radix, 0) + "\n");
  }
}
