package org.vmcore.arch.paging;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Expectation;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * What of the kernel's image will be read, for those who announce it ({@link Expectation#MUCH}):
 * constants, symbols, types and variables are most of what anybody asks for, and lie together
 * behind the code. VMCOREINFO tells where the symbols are since Linux 6.0 (commit 5fd8fea935a1,
 * "vmcoreinfo: include kallsyms symbols"), the last of the constants but for the types, and always
 * of a variable that is initialised, as those are that come first.
 *
 * @param start virtual address
 * @param length in bytes
 */
public record ExpectedImage(long start, long length) {
  /** Of the constants that come before the symbols: the texts that others point at. */
  private static final long BEFORE_SYMBOLS = 5L << 18;

  /** Of the variables that come behind that one. */
  private static final long BEHIND_VARIABLE = 3L << 17;

  /** What is further from another symbol is not of the same image. */
  private static final long LARGEST = 64L << 20;

  /** Empty where VMCOREINFO does not tell. */
  public static Optional<ExpectedImage> of(Vmcoreinfo info) {
    OptionalLong names = info.symbol("kallsyms_names");
    OptionalLong variable = info.symbol("init_uts_ns");
    if (names.isEmpty() || variable.isEmpty()) {
      return Optional.empty();
    }
    long length = variable.getAsLong() - names.getAsLong();
    return length > 0 && length < LARGEST
        ? Optional.of(
            new ExpectedImage(
                names.getAsLong() - BEFORE_SYMBOLS, BEFORE_SYMBOLS + length + BEHIND_VARIABLE))
        : Optional.empty();
  }
}
