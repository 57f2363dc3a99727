package org.vmcore.gdbstub;

import java.util.AbstractList;
import java.util.List;

/**
 * A list that is made when somebody first looks into it, once: what is known before it can be shown
 * before it. Safe for use by several threads.
 *
 * @param <T> an element
 */
public final class DeferredList<T> extends AbstractList<T> {
  private final Lazy<List<T>, RuntimeException> made;

  private DeferredList(Lazy<List<T>, RuntimeException> made) {
    this.made = made;
  }

  /** A list whose elements nobody has looked for yet. */
  public static <T> List<T> of(Lazy.Source<List<T>, RuntimeException> source) {
    return new DeferredList<>(Lazy.of(() -> List.copyOf(source.compute())));
  }

  @Override
  public T get(int index) {
    return made.get().get(index);
  }

  @Override
  public int size() {
    return made.get().size();
  }
}
