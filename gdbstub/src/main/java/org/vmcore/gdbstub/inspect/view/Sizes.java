package org.vmcore.gdbstub.inspect.view;

import java.util.List;
import java.util.Locale;

/** Amounts of memory in words; each form is that of somebody. */
public final class Sizes {
  private static final long UNIT = 1024;

  private Sizes() {}

  /** Our own: {@code 141.6 MiB}, {@code 12 bytes}. */
  public static String of(long bytes) {
    if (bytes < UNIT) {
      return bytes + " bytes";
    }
    return String.format(Locale.ROOT, "%.1f %siB", scaled(bytes, 6), unit(bytes, 6));
  }

  /** As crash tells how much memory a machine has: {@code 191.5 MB} or {@code 8 GB}. */
  public static String ofMachine(long bytes) {
    return bytes < UNIT ? bytes + " bytes" : crash(bytes, 4);
  }

  /** As crash's kmem has it: {@code 0}, {@code 12 KB} in whole numbers, {@code 1.5 GB}. */
  public static String ofUse(long bytes) {
    if (bytes == 0) {
      return "0";
    }
    return bytes < UNIT * UNIT ? bytes / UNIT + " KB" : crash(bytes, 3);
  }

  /** A page's, which is a whole number of some unit: {@code 4KB}, {@code 2MB}. */
  public static String ofPage(long bytes) {
    long value = bytes;
    int power = 0;
    while (power < 3 && value % UNIT == 0 && value > 0) {
      value /= UNIT;
      power++;
    }
    return value + List.of(" bytes", "KB", "MB", "GB").get(power);
  }

  private static String crash(long bytes, int powers) {
    String number = String.format(Locale.ROOT, "%.1f", scaled(bytes, powers));
    return number.replaceFirst("\\.0$", "") + " " + unit(bytes, powers) + "B";
  }

  private static int power(long bytes, int powers) {
    int power = 0;
    for (double value = bytes; power < powers && value >= UNIT; value /= UNIT) {
      power++;
    }
    return power;
  }

  private static double scaled(long bytes, int powers) {
    return bytes / Math.pow(UNIT, power(bytes, powers));
  }

  private static char unit(long bytes, int powers) {
    return " KMGTPE".charAt(power(bytes, powers));
  }
}
