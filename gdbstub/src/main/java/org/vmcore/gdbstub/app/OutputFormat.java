package org.vmcore.gdbstub.app;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.page.PageCodec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code convert} writes. */
enum OutputFormat {
  ELF("elf", Optional.empty()),
  KDUMP_ZLIB("kdump-zlib", Optional.of(PageCodec.ZLIB)),
  KDUMP_LZO("kdump-lzo", Optional.of(PageCodec.LZO)),
  KDUMP_SNAPPY("kdump-snappy", Optional.of(PageCodec.SNAPPY)),
  KDUMP_ZSTD("kdump-zstd", Optional.of(PageCodec.ZSTD)),
  KDUMP_PLAIN("kdump-plain", Optional.of(PageCodec.PLAIN));

  private final String label;
  private final Optional<PageCodec> codec;

  OutputFormat(String label, Optional<PageCodec> codec) {
    this.label = label;
    this.codec = codec;
  }

  /** How the command line spells it. */
  String label() {
    return label;
  }

  /** How a kdump-compressed file stores its pages; empty for ELF. */
  Optional<PageCodec> codec() {
    return codec;
  }

  /** The names for help, completion and errors. */
  static final class Labels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(OutputFormat::label).iterator();
    }
  }

  static final class Converter implements ITypeConverter<OutputFormat> {
    @Override
    public OutputFormat convert(String text) {
      return Arrays.stream(values())
          .filter(format -> format.label.equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is none of %s"
                          .formatted(
                              text,
                              Arrays.stream(values())
                                  .map(OutputFormat::label)
                                  .collect(Collectors.joining(", ")))));
    }
  }
}
