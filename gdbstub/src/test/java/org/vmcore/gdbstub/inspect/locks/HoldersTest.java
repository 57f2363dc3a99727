package org.vmcore.gdbstub.inspect.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.locks.Waiting.Holder;
import org.vmcore.gdbstub.inspect.locks.Waiting.Owner;

/** Whom a task waits for, where the lock names one and lockdep all that have it. */
class HoldersTest {
  private static Owner owner(int pid, boolean reader) {
    return new Owner(pid, pid * 16L, "t" + pid, reader);
  }

  private static Holder reads(int pid) {
    return new Holder(pid, pid * 16L, "t" + pid, true, "f+1");
  }

  private static Optional<Owner> of(Optional<Owner> named, Set<Long> blocked, Holder... holders) {
    return Holders.owner(named, List.of(holders), blocked);
  }

  @Test
  void withoutLockdepTheLockTells() {
    assertThat(of(Optional.of(owner(1, false)), Set.of())).contains(owner(1, false));
    assertThat(of(Optional.of(owner(1, true)), Set.of())).contains(owner(1, true));
    assertThat(of(Optional.empty(), Set.of())).isEmpty();
  }

  @Test
  void whoWritesHasItAlone() {
    assertThat(of(Optional.of(owner(1, false)), Set.of(32L), reads(2))).contains(owner(1, false));
  }

  /** The last that took it for reading may have given it back, or be still there. */
  @Test
  void ofReadersOneThatHasItIsTold() {
    assertThat(of(Optional.of(owner(1, true)), Set.of(), reads(2))).contains(owner(2, false));
    assertThat(of(Optional.of(owner(1, true)), Set.of(), reads(2), reads(1)))
        .contains(owner(1, false));
    assertThat(of(Optional.empty(), Set.of(), reads(2), reads(3))).contains(owner(2, false));
  }

  /** It is the one that makes a circle. */
  @Test
  void oneThatWaitsItselfComesFirst() {
    assertThat(of(Optional.of(owner(1, true)), Set.of(48L), reads(1), reads(2), reads(3)))
        .contains(owner(3, false));
  }
}
