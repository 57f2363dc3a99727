package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

/**
 * Places in code as the kernel prints them in an oops ({@code %pS} and {@code %pB} of Linux
 * Documentation/core-api/printk-formats.rst): {@code vfs_write+0xc1/0x400}, with {@code [nfs]}
 * behind it if it is a module's.
 */
final class OopsPlaces {
  private static final Pattern PLACE =
      Pattern.compile(
          "([A-Za-z_.$][\\w.$]*)\\+0x([0-9a-fA-F]{1,16})(?:/0x[0-9a-fA-F]{1,16})?"
              + "(?: \\[([\\w-]+)])?");

  /** An address that has all digits and the highest bit, as the kernel's have, alone as a word. */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<![\\w+/])(?:0[xX])?([89a-fA-F][0-9a-fA-F]{7}|[89a-fA-F][0-9a-fA-F]{15})(?![\\w/])");

  private OopsPlaces() {}

  static boolean isPlace(String word) {
    return PLACE.matcher(word).matches();
  }

  /**
   * The places and addresses in a line, in its order; a line that is one word is taken as it is.
   */
  static List<String> in(String line) {
    List<String> found = new ArrayList<>();
    String all = line.strip();
    if (all.matches("(0[xX])?[0-9a-fA-F]{1,16}")) {
      found.add(all);
      return found;
    }
    Matcher place = PLACE.matcher(line);
    Matcher address = ADDRESS.matcher(line);
    boolean hasPlace = place.find();
    if (hasPlace) {
      do {
        found.add(place.group());
      } while (place.find());
    } else {
      while (address.find()) {
        found.add(address.group());
      }
    }
    return found;
  }

  /** Where a place is; empty where no symbol has that name, or is of that module. */
  static OptionalLong address(SymbolNames names, String word) {
    Matcher place = PLACE.matcher(word);
    if (!place.matches()) {
      return OptionalLong.empty();
    }
    Optional<String> module = Optional.ofNullable(place.group(3));
    Optional<SymbolNames.Named> symbol =
        names.named(place.group(1)).stream()
            .filter(one -> module.isEmpty() || one.module().equals(module))
            .findFirst();
    return symbol.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(symbol.get().address() + Long.parseUnsignedLong(place.group(2), 16));
  }
}
