package org.vmcore.gdbstub;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What an iterator gives, asked of it once and kept: each who goes through it has the first at
 * once, and waits for no more than the next. Safe for use by several threads, which ask the
 * iterator one at a time.
 *
 * @param <T> an element
 */
public final class Kept<T> implements Iterable<T> {
  private final Iterator<T> source;
  private final List<T> found = new ArrayList<>();

  /** Nothing is asked of the iterator yet. */
  public Kept(Iterator<T> source) {
    this.source = source;
  }

  private synchronized boolean has(int index) {
    while (found.size() <= index && source.hasNext()) {
      found.add(source.next());
    }
    return index < found.size();
  }

  private synchronized T get(int index) {
    return found.get(index);
  }

  /** All of it. */
  public synchronized List<T> all() {
    while (source.hasNext()) {
      found.add(source.next());
    }
    return List.copyOf(found);
  }

  /** The same as far as somebody wants to know of it. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  @Override
  public Iterator<T> iterator() {
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
