package org.vmcore.arch.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.vmcore.dumpreader.write.SyntheticDump;

/** Page tables, and what they map, as text. */
public final class PageTableText {
  private PageTableText() {}

  /**
   * Memory that holds page tables.
   *
   * @param tables lines of {@code table[index] = entry}: physical addresses, an index and entries,
   *     in hexadecimal; an entry has as many digits as it needs, 8 or 16; what follows is for the
   *     reader
   */
  public static SyntheticDump memory(SyntheticDump.Builder dump, String tables) {
    tables
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(
            line -> {
              int bracket = line.indexOf('[');
              long table = Long.parseLong(line.substring(0, bracket), 16);
              long index = Long.parseLong(line.substring(bracket + 1, line.indexOf(']')), 16);
              String entry = line.substring(line.indexOf("= ") + 2).split(" ", 2)[0];
              long value = Long.parseUnsignedLong(entry, 16);
              if (entry.length() == 2 * Long.BYTES) {
                dump.writeLong(table + index * Long.BYTES, value);
              } else {
                dump.writeInt(table + index * Integer.BYTES, (int) value);
              }
            });
    return dump.build();
  }

  /**
   * A test per line.
   *
   * @param map lines of {@code virtual -> physical # level, flags} of the last step, in
   *     hexadecimal; or the fault's simple name in place of the physical address
   */
  public static Stream<DynamicTest> check(PageTable tables, String map) {
    return map.lines()
        .map(
            line ->
                DynamicTest.dynamicTest(
                    line,
                    () -> {
                      String digits = line.split(" ", 2)[0];
                      long address = Long.parseUnsignedLong(digits, 16);
                      assertThat(describe(tables.walk(address), digits.length()))
                          .isEqualTo(line.replaceAll(" +#", " #").strip());
                      assertThat(tables.translate(address))
                          .isEqualTo(tables.walk(address).result());
                    }));
  }

  private static String describe(PageWalk walk, int digits) {
    String result =
        walk.result() instanceof Translation.Mapped mapped
            ? Long.toHexString(mapped.physicalAddress())
            : walk.result().getClass().getSimpleName();
    String last =
        walk.steps().stream()
            .skip(Math.max(0, walk.steps().size() - 1))
            .map(step -> " # " + step.level() + ", " + step.flags())
            .collect(Collectors.joining());
    String format = "%0" + digits + "x -> %s%s";
    return format.formatted(walk.virtualAddress(), result, last).strip();
  }
}
