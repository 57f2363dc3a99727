package org.vmcore.gdbstub.linux.types;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The entries that a walk through a list or tree found, in its order, and why it ended if not at
 * the end: what was found before counts all the same. Entries are read when they are used.
 */
public final class Walk implements Iterable<KernelObject> {
  private final KernelObject model;
  private final long[] addresses;
  private final Optional<String> problem;

  Walk(KernelObject model, long[] addresses, Optional<String> problem) {
    this.model = model;
    this.addresses = addresses.clone();
    this.problem = problem;
  }

  public int size() {
    return addresses.length;
  }

  public KernelObject get(int index) {
    return model.movedTo(addresses[index]);
  }

  /**
   * Empty when the walk came to the end; else a sentence with the address where it could not go on.
   */
  public Optional<String> problem() {
    return problem;
  }

  /**
   * This, for sums and the like, of which a part is a wrong answer.
   *
   * @throws KernelReadException when the walk did not come to the end
   */
  public Walk whole() throws KernelReadException {
    if (problem.isPresent()) {
      throw new KernelReadException(KernelReadException.Reason.IMPLAUSIBLE, problem.get());
    }
    return this;
  }

  public Stream<KernelObject> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  @Override
  public Iterator<KernelObject> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < addresses.length;
      }

      @Override
      public KernelObject next() {
        if (next == addresses.length) {
          throw new NoSuchElementException();
        }
        return get(next++);
      }
    };
  }
}
