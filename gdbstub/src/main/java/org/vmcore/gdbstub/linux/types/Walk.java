package org.vmcore.gdbstub.linux.types;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.Growing;

/**
 * The entries of a list or tree in its order, and why they end if not at the end: what was found
 * before counts all the same. It goes on when an entry is asked for, so that the first of many is
 * there at once; how many there are, and whether that is all, is known at its end. Entries are read
 * when they are used. Safe for use by several threads.
 */
public final class Walk extends Growing<KernelObject> {
  private final KernelObject model;
  private final Steps steps;
  private long[] addresses = new long[16];
  private int count;
  private boolean ended;

  /** From one entry to the next. */
  interface Steps {
    /** The address of the next entry; empty at the end, and where it cannot go on. */
    OptionalLong next();

    /** Why it could not go on to the end. */
    Optional<String> problem();
  }

  Walk(KernelObject model, Steps steps) {
    this.model = model;
    this.steps = steps;
  }

  @Override
  protected synchronized boolean has(int index) {
    while (count <= index && !ended) {
      OptionalLong next = steps.next();
      ended = next.isEmpty();
      if (next.isPresent()) {
        addresses = count == addresses.length ? Arrays.copyOf(addresses, count * 2) : addresses;
        addresses[count++] = next.getAsLong();
      }
    }
    return index < count;
  }

  public int size() {
    boolean unused = has(Integer.MAX_VALUE);
    return count();
  }

  private synchronized int count() {
    return count;
  }

  @Override
  public KernelObject get(int index) {
    if (!has(index)) {
      throw new IndexOutOfBoundsException(index);
    }
    return model.movedTo(address(index));
  }

  private synchronized long address(int index) {
    return addresses[index];
  }

  /**
   * Empty when the walk comes to the end; else a sentence with the address where it cannot go on.
   */
  public Optional<String> problem() {
    int unused = size();
    return steps.problem();
  }

  /**
   * This, for sums and the like, of which a part is a wrong answer.
   *
   * @throws KernelReadException when the walk does not come to the end
   */
  public Walk whole() throws KernelReadException {
    Optional<String> problem = problem();
    if (problem.isPresent()) {
      throw new KernelReadException(KernelReadException.Reason.IMPLAUSIBLE, problem.get());
    }
    return this;
  }
}
