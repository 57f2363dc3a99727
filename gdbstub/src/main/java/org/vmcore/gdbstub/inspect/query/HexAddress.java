package org.vmcore.gdbstub.inspect.query;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address as people type it: hexadecimal, with 0x or, as in crash, without. */
public final class HexAddress implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      return Long.parseUnsignedLong(digits(text), 16);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a hexadecimal address");
    }
  }

  private static String digits(String text) {
    return text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
  }

  /**
   * The same for a word that might have been something else.
   *
   * @throws NoAnswerException when it is none
   */
  public static long parse(String text) throws NoAnswerException {
    try {
      return new HexAddress().convert(text);
    } catch (TypeConversionException e) {
      throw NoAnswerException.usage(String.valueOf(e.getMessage()));
    }
  }
}
