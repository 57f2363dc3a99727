package org.vmcore.gdbstub.linux.stack;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmcore.gdbstub.linux.symbols.KernelModule;

/**
 * How to leave frames, by where in the kernel's code they are: from tables that the kernel carries,
 * or from the code itself. Safe for use by several threads.
 */
public interface CodeRules {
  /**
   * What is true from an instruction on.
   *
   * @param start its address
   */
  record Row(long start, FrameRule rule) {}

  /**
   * Code that belongs together, such as a function.
   *
   * @param end address behind it
   * @param rows in order, from its first instruction on
   */
  record Stretch(long end, List<Row> rows) {}

  /**
   * The rule of an instruction.
   *
   * @param pc of a frame that called another: an address in the call
   * @return empty where it is not known
   */
  Optional<FrameRule> at(long pc);

  /** All that is known, for debuggers to be told. */
  void forEach(Consumer<Stretch> action);

  /** Nothing is known. */
  static CodeRules none() {
    return new CodeRules() {
      @Override
      public Optional<FrameRule> at(long pc) {
        return Optional.empty();
      }

      @Override
      public void forEach(Consumer<Stretch> action) {}
    };
  }

  /** The same of the code of a module. */
  default void forEachOf(KernelModule module, Consumer<Stretch> action) {
    forEach(
        stretch -> {
          long first = stretch.rows().get(0).start();
          if (module.hasCodeAt(first)) {
            action.accept(stretch);
          }
        });
  }
}
