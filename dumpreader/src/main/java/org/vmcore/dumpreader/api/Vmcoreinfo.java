package org.vmcore.dumpreader.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The kernel's VMCOREINFO: lines of {@code KEY=VALUE} (Linux
 * Documentation/admin-guide/kdump/vmcoreinfo.rst).
 *
 * <p>Number bases are mixed: {@code SYMBOL(x)} and {@code KERNELOFFSET} are bare hexadecimal,
 * {@code SIZE}, {@code OFFSET}, {@code LENGTH} decimal, {@code NUMBER(x)} signed decimal or, on
 * arm64, hexadecimal with 0x. A line that does not parse is an absent key.
 */
public final class Vmcoreinfo {
  /** The first bytes of every VMCOREINFO, by which a copy in memory is found. */
  public static final String FIRST_KEY = "OSRELEASE=";

  private final byte[] text;
  private final Map<String, String> values;

  private Vmcoreinfo(byte[] text, Map<String, String> values) {
    this.text = text;
    this.values = values;
  }

  /** Whether bytes begin as every VMCOREINFO does. */
  public static boolean startsText(byte[] bytes) {
    byte[] first = FIRST_KEY.getBytes(ISO_8859_1);
    return bytes.length >= first.length
        && Arrays.equals(bytes, 0, first.length, first, 0, first.length);
  }

  /** Parses the text; it ends at the first NUL, if there is one. Later lines win. */
  public static Vmcoreinfo parse(byte[] text) {
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : new String(text, 0, end, ISO_8859_1).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1).trim());
      }
    }
    return new Vmcoreinfo(Arrays.copyOf(text, end), Collections.unmodifiableMap(values));
  }

  /** The text as it was, without what follows its end. */
  public byte[] text() {
    return text.clone();
  }

  /** All keys with their unparsed values, in the order of the text. */
  public Map<String, String> values() {
    return values;
  }

  public Optional<String> value(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** {@code SYMBOL(name)}: the symbol's run-time virtual address. */
  public OptionalLong symbol(String name) {
    return hexadecimal("SYMBOL(" + name + ")");
  }

  /** The run-time virtual addresses of all symbols, by name. */
  public Map<String, Long> symbols() {
    Map<String, Long> symbols = new LinkedHashMap<>();
    for (String key : values.keySet()) {
      if (key.startsWith("SYMBOL(") && key.endsWith(")")) {
        String name = key.substring("SYMBOL(".length(), key.length() - 1);
        symbol(name).ifPresent(address -> symbols.put(name, address));
      }
    }
    return symbols;
  }

  /** {@code NUMBER(name)}: signed decimal, unsigned decimal past 2^63, or hexadecimal with 0x. */
  public OptionalLong number(String name) {
    return decimal("NUMBER(" + name + ")");
  }

  /** {@code SIZE(name)}: bytes. */
  public OptionalLong size(String name) {
    return decimal("SIZE(" + name + ")");
  }

  /** {@code OFFSET(structure.member)}: bytes from the start of the structure. */
  public OptionalLong offset(String member) {
    return decimal("OFFSET(" + member + ")");
  }

  /** {@code LENGTH(name)}: elements. */
  public OptionalLong length(String name) {
    return decimal("LENGTH(" + name + ")");
  }

  /** {@code KERNELOFFSET}: how far KASLR moved the kernel image, in bytes. */
  public OptionalLong kernelOffset() {
    return hexadecimal("KERNELOFFSET");
  }

  /** {@code PAGESIZE}: bytes in a base page. */
  public OptionalLong pageSize() {
    return decimal("PAGESIZE");
  }

  /** The value of a key that is bare hexadecimal, such as {@code KERNELOFFSET}. */
  public OptionalLong hexadecimal(String key) {
    String value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(
          Long.parseUnsignedLong(value.startsWith("0x") ? value.substring(2) : value, 16));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private OptionalLong decimal(String key) {
    String value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value.startsWith("0x")) {
      return hexadecimal(key);
    }
    try {
      return OptionalLong.of(
          value.startsWith("-") ? Long.parseLong(value) : Long.parseUnsignedLong(value));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
