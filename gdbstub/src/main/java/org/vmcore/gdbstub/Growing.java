package org.vmcore.gdbstub;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What grows as it is gone through, and is kept: each who goes through it has the first at once,
 * and waits for no more than the next.
 *
 * @param <T> an element
 */
public abstract class Growing<T> implements Iterable<T> {
  /** Goes on up to an element; whether there is one. */
  protected abstract boolean has(int index);

  /** An element that there is. */
  protected abstract T get(int index);

  /** All of it, as far as somebody wants to know of it. */
  public final Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  @Override
  public final Iterator<T> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return has(next);
      }

      @Override
      public T next() {
        if (!has(next)) {
          throw new NoSuchElementException();
        }
        return get(next++);
      }
    };
  }
}
