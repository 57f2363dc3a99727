package org.vmcore.gdbstub;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What an iterator gives, asked of it once and kept. Safe for use by several threads, which ask the
 * iterator one at a time.
 *
 * @param <T> an element
 */
public final class Kept<T> extends Growing<T> {
  private final Iterator<T> source;
  private final List<T> found = new ArrayList<>();

  /** Nothing is asked of the iterator yet. */
  public Kept(Iterator<T> source) {
    this.source = source;
  }

  @Override
  protected synchronized boolean has(int index) {
    while (found.size() <= index && source.hasNext()) {
      found.add(source.next());
    }
    return index < found.size();
  }

  @Override
  protected synchronized T get(int index) {
    return found.get(index);
  }

  /** All of it. */
  public synchronized List<T> all() {
    boolean unused = has(Integer.MAX_VALUE);
    return List.copyOf(found);
  }
}
