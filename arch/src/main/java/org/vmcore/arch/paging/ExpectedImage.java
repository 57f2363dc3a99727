package org.vmcore.arch.paging;

import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * What of the kernel's image will be read, for those who announce it: symbols, types and variables
 * are most of what anybody asks for, and lie together behind the code. It reaches from the symbols,
 * which are among the last of the constants, to the last variable that VMCOREINFO names, and a
 * little further at both ends.
 *
 * @param start virtual address
 * @param length in bytes
 */
public record ExpectedImage(long start, long length) {
  private static final String SYMBOLS = "kallsyms_";

  /** As much as anybody guesses at: tables of constants, and variables without a name. */
  private static final long MARGIN = 1L << 20;

  /**
   * Before the first variable, where VMCOREINFO does not tell of the symbols (before Linux 6.0,
   * commit 5fd8fea935a1, "vmcoreinfo: include kallsyms symbols"): symbols and types of any kernel.
   */
  public static final long BEFORE_VARIABLES = 8L << 20;

  /** What is further from the start of the code is not of the same image. */
  private static final long LARGEST = 128L << 20;

  /** Empty where VMCOREINFO does not tell. */
  public static Optional<ExpectedImage> of(Vmcoreinfo info) {
    OptionalLong text = info.symbol("_stext");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    LongPredicate isInImage =
        address -> address > text.getAsLong() && address - text.getAsLong() < LARGEST;
    Map<Boolean, LongSummaryStatistics> found =
        info.symbols().entrySet().stream()
            .filter(symbol -> isInImage.test(symbol.getValue()))
            .collect(
                Collectors.partitioningBy(
                    symbol -> symbol.getKey().startsWith(SYMBOLS),
                    Collectors.summarizingLong(Map.Entry::getValue)));
    LongSummaryStatistics symbols = found.getOrDefault(true, new LongSummaryStatistics());
    LongSummaryStatistics variables = found.getOrDefault(false, new LongSummaryStatistics());
    if (variables.getCount() == 0) {
      return Optional.empty();
    }
    long first = symbols.getCount() > 0 ? symbols.getMin() : variables.getMin() - BEFORE_VARIABLES;
    long start = Math.max(text.getAsLong(), first - MARGIN);
    return Optional.of(new ExpectedImage(start, variables.getMax() + MARGIN - start));
  }
}
