package org.vmcore.gdbstub.inspect.address;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * What is made when it is first asked for; where that fails it is not there, and the notes say why.
 * For one thread.
 *
 * @param <T> what it is
 */
final class Part<T> {
  private final Notes notes;
  private final Maker<T> maker;
  private boolean made;
  private @Nullable T value;

  /** Makes it; empty where this kernel has no such. */
  @FunctionalInterface
  interface Maker<T> {
    Optional<T> make() throws MissingFactException, KernelReadException;
  }

  Part(Notes notes, Maker<T> maker) {
    this.notes = notes;
    this.maker = maker;
  }

  Optional<T> get() {
    if (!made) {
      made = true;
      try {
        value = maker.make().orElse(null);
      } catch (MissingFactException | KernelReadException e) {
        notes.incomplete(String.valueOf(e.getMessage()));
      }
    }
    return Optional.ofNullable(value);
  }
}
