package org.vmcore.gdbstub.app;

import java.util.Iterator;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code x86-64} and the other names that this program gives architectures. */
final class ArchitectureConverter implements ITypeConverter<Architecture> {
  /** All names, for help and completion. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Architectures.all().stream().map(Architecture::name).iterator();
    }
  }

  @Override
  public Architecture convert(String name) {
    return Architectures.named(name)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'%s' is none of %s".formatted(name, String.join(", ", new Names()))));
  }
}
