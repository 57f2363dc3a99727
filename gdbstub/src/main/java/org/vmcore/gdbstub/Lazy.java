package org.vmcore.gdbstub;

import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A value that is computed when it is first asked for, once, and kept. Who asks for it again takes
 * no lock; who asks while it is being computed waits for that, and nobody waits for the computing
 * of another value. Values may be made of each other as long as there is an order among them.
 *
 * <p>A failure is not kept: the next one who asks tries again.
 *
 * @param <T> what is computed
 * @param <E> how that may fail
 */
public final class Lazy<T, E extends Exception> {
  /** How the value is computed. */
  @FunctionalInterface
  public interface Source<T, E extends Exception> {
    T compute() throws E;
  }

  private final ReentrantLock computing = new ReentrantLock();
  private final Source<T, E> source;
  private volatile @Nullable T value;

  private Lazy(Source<T, E> source) {
    this.source = Objects.requireNonNull(source);
  }

  public static <T, E extends Exception> Lazy<T, E> of(Source<T, E> source) {
    return new Lazy<>(source);
  }

  /**
   * The value.
   *
   * @throws IllegalStateException when computing it asks for itself: a bug of ours, which would
   *     otherwise not end
   */
  public T get() throws E {
    T known = value;
    return known != null ? known : compute();
  }

  private T compute() throws E {
    if (computing.isHeldByCurrentThread()) {
      throw new IllegalStateException("asked for while it is computed: " + source.getClass());
    }
    computing.lock();
    try {
      T known = value;
      if (known == null) {
        known = source.compute();
        value = known;
      }
      return known;
    } finally {
      computing.unlock();
    }
  }

  /** Whether the caller is in the midst of computing it, when to ask for it would not end. */
  public boolean isComputedByCaller() {
    return computing.isHeldByCurrentThread();
  }

  /** The value if it has been computed, or null; computes nothing. */
  public @Nullable T ifComputed() {
    return value;
  }
}
