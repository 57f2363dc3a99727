package org.vmcore.gdbstub.port.api;

import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.vmcore.gdbstub.linux.types.Type;

/**
 * A function of the kernel's.
 *
 * @param start its first instruction
 * @param code from there, as memory has it
 * @param prototype what it takes and returns, where that is known
 * @param given what registers are known to point at when it is called, where no prototype tells
 * @param called the same of a function that begins at an address
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record FunctionCode(
    long start,
    byte[] code,
    Optional<Type.Prototype> prototype,
    Map<String, Type> given,
    LongFunction<Optional<Type.Prototype>> called) {
  public FunctionCode {
    given = Map.copyOf(given);
  }
}
