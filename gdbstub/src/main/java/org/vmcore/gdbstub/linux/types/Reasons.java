package org.vmcore.gdbstub.linux.types;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Why parts of an answer are not known that the answer can do without. A part that is only left out
 * looks as if the kernel had none, so what is read through this keeps what there is to tell.
 */
public final class Reasons {
  private final Set<String> all = new LinkedHashSet<>();

  /** Reads something of the kernel's. */
  @FunctionalInterface
  public interface Reading<T> {
    T read() throws KernelReadException;
  }

  /** What can be read; empty where it cannot, and then the reason is kept. */
  public <T> Optional<T> optional(Reading<T> reading) {
    try {
      return Optional.of(reading.read());
    } catch (KernelReadException e) {
      add(e);
      return Optional.empty();
    }
  }

  /** Keeps why something could not be read. */
  public void add(KernelReadException e) {
    all.add(String.valueOf(e.getMessage()));
  }

  /** The same in a sentence. */
  public void add(String sentence) {
    all.add(sentence);
  }

  /** Each once, in the order in which they came. */
  public List<String> all() {
    return List.copyOf(all);
  }
}
