package org.vmcore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Truth.Place;
import org.vmcore.testing.Truth.Register;

class TruthTest {
  @Test
  void readsEveryKindOfLine() {
    Truth truth =
        Truth.parse(
            List.of(
                "#\tkind\tlabel\tvirtual\tphysical\tbytes-in-memory-order|absent",
                "mem\tkmalloc256\t0xffff97cfc0cc8300\t0xcc8300\t0000000000eeffc0",
                "user\tuser-4k\t63\t0x0000000100000000\t0x4bf3000\tabsent",
                "sym\tmodules\t0xffffffff86e54e60\t0x4c54e60\t88200dc0ffffffff",
                "reg\t1\torig_rax\t0xffffffffffffffff",
                "cpus\t2"));
    assertThat(truth)
        .isEqualTo(
            new Truth(
                List.of(
                    new Place("kmalloc256", 0, 0xffff97cfc0cc8300L, 0xcc8300, "0000000000eeffc0")),
                List.of(
                    new Place("modules", 0, 0xffffffff86e54e60L, 0x4c54e60, "88200dc0ffffffff")),
                List.of(new Place("user-4k", 63, 0x100000000L, 0x4bf3000, null)),
                List.of(new Register(1, "orig_rax", -1)),
                2));
  }

  @Test
  void refusesALineItDoesNotKnow() {
    assertThatThrownBy(() -> Truth.parse(List.of("task\t1"))).hasMessageContaining("task\t1");
  }
}
