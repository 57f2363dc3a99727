package org.vmcore.gdbstub.app;

import static java.util.stream.Collectors.joining;

import java.util.ListResourceBundle;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.MachineFacts;

/** What help says that is made of lists, where an annotation can have constants only. */
final class HelpTexts extends ListResourceBundle {
  /** Which facts of the machine each architecture takes, as {@code ${bundle:archOptions}}. */
  static final String ARCH_OPTIONS = "archOptions";

  @Override
  protected Object[][] getContents() {
    return new Object[][] {{ARCH_OPTIONS, archOptions()}};
  }

  private static String archOptions() {
    return Architectures.all().stream()
        .filter(architecture -> !architecture.options().isEmpty())
        .map(a -> a.name() + ": " + String.join(", ", a.options()))
        .collect(joining("; ", MachineFacts.KASLR_OFFSET + " on all; ", "."));
  }
}
