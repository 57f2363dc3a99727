package org.vmcore.gdbstub.port.api;

import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.Type;

/** What registers point at in a function, as far as types tell that on every way to a place. */
public interface PointerTypes {
  /** Of a function of which nothing is known. */
  PointerTypes NONE =
      new PointerTypes() {
        @Override
        public Optional<Type> pointee(String register, long pc) {
          return Optional.empty();
        }

        @Override
        public Map<String, Type> passed(long returnAddress, long called) {
          return Map.of();
        }
      };

  /** What a register points at before an instruction. */
  Optional<Type> pointee(String register, long pc);

  /**
   * What the registers that parameters are passed in point at, where the function calls another.
   *
   * @param returnAddress behind the call
   * @param called the start of the other; none are told where something else is called
   */
  Map<String, Type> passed(long returnAddress, long called);
}
