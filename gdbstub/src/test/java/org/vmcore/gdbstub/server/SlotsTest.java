package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private long now;
  private final List<String> gone = new ArrayList<>();
  private final Slots slots = new Slots(3, () -> now);

  private Optional<Slots.Slot> take(String address, String client) {
    now++;
    return slots.take(address, () -> gone.add(client));
  }

  private Slots.Slot speaker(String address, String client) {
    Slots.Slot slot = take(address, client).orElseThrow();
    slot.hear();
    slot.recognize();
    return slot;
  }

  @Test
  void whoNeverSpokeGivesWayToAnybody() {
    speaker("far", "a");
    take("far", "b");
    take("near", "c");
    assertThat(gone).isEmpty();

    speaker("near", "d");
    speaker("far", "e");
    assertThat(gone).containsExactly("b", "c");
  }

  @Test
  void whoSaysWhatNoDebuggerSaysGivesWayToo() {
    speaker("here", "a");
    speaker("here", "b");
    take("here", "c").orElseThrow().hear();

    speaker("here", "d");
    assertThat(gone).containsExactly("c");
  }

  @Test
  void amongTheSameAllWhoSpokeStay() {
    Slots.Slot first = speaker("here", "a");
    speaker("here", "b");
    speaker("here", "c");
    assertThat(take("here", "d")).isEmpty();

    first.release();
    assertThat(take("here", "e")).isPresent();
    assertThat(gone).isEmpty();
  }

  @Test
  void whoHasMostGivesOneToWhoHasNone() {
    Slots.Slot busy = speaker("greedy", "a");
    speaker("greedy", "b");
    speaker("greedy", "c");
    now++;
    busy.hear();

    speaker("other", "d");
    assertThat(gone).containsExactly("b");
    // Now it is two to one: nobody takes more than a fair share.
    assertThat(take("other", "e")).isEmpty();
  }

  /** A laptop that went to sleep with its debuggers, and is back under the same address. */
  @Test
  void theNewestOfOneAddressDoesNotWaitForTheDead() {
    speaker("laptop", "a");
    Slots.Slot alive = speaker("laptop", "b");
    speaker("laptop", "c");
    now += Slots.QUIET_NANOS;
    alive.hear();

    speaker("laptop", "d");
    speaker("laptop", "e");
    assertThat(gone).containsExactly("a", "c");
    assertThat(take("laptop", "f")).isEmpty();
  }
}
