package org.vmcore.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.vmcore.dumpreader.PhysicalMemory;
import org.vmcore.dumpreader.SyntheticDump;

/**
 * Page tables and what they ought to map, as text.
 *
 * <pre>
 * 1000[1ff] = 0000000000002063   a table's physical address, an entry's index, the entry; all in
 *                                hexadecimal, and a remark
 * 81600abc -> 5abc      # PTE, PRESENT|RW     a virtual address, the physical one or the fault; the
 *                                last level that was read and its flags
 * </pre>
 */
public final class WalkTable {
  private WalkTable() {}

  /** Memory that holds page tables alone. */
  public static PhysicalMemory memory(String tables, ByteOrder order) {
    SyntheticDump.Builder dump = SyntheticDump.builder("page tables", 0, 64, order);
    tables.lines().filter(line -> !line.isBlank()).forEach(line -> write(dump, line, order));
    return dump.build().memory();
  }

  private static void write(SyntheticDump.Builder dump, String line, ByteOrder order) {
    long table = Long.parseLong(line.substring(0, line.indexOf('[')), 16);
    long index = Long.parseLong(line.substring(line.indexOf('[') + 1, line.indexOf(']')), 16);
    String entry = line.substring(line.indexOf("= ") + 2).split(" ", 2)[0];
    int bytes = entry.length() / 2;
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(order);
    long value = Long.parseUnsignedLong(entry, 16);
    byte[] image =
        bytes == Long.BYTES
            ? buffer.putLong(value).array()
            : ByteBuffer.allocate(Integer.BYTES).order(order).putInt((int) value).array();
    dump.write(table + index * bytes, image);
  }

  /** A test per line: the walk ends as it says, and so does the translation. */
  public static Stream<DynamicTest> check(PageTable tables, String map) {
    return map.lines()
        .map(
            line ->
                DynamicTest.dynamicTest(
                    line,
                    () -> {
                      long address = Long.parseUnsignedLong(line.split(" ", 2)[0], 16);
                      PageWalk walk = tables.walk(address);
                      String format = "%0" + line.indexOf(' ') + "x -> %s%s";
                      assertThat(format.formatted(address, result(walk), last(walk)).strip())
                          .isEqualTo(line.replaceAll(" +#", " #").strip());
                      assertThat(tables.translate(address)).isEqualTo(walk.result());
                    }));
  }

  private static String result(PageWalk walk) {
    return walk.result() instanceof Translation.Mapped mapped
        ? Long.toHexString(mapped.physicalAddress())
        : walk.result().getClass().getSimpleName();
  }

  private static String last(PageWalk walk) {
    return walk.steps().stream()
        .skip(Math.max(0, walk.steps().size() - 1))
        .map(step -> " # " + step.level() + ", " + step.flags())
        .collect(Collectors.joining());
  }
}
