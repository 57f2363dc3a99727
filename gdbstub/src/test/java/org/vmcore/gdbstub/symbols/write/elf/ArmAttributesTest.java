package org.vmcore.gdbstub.symbols.write.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** As GNU as writes it for {@code .arch armv7-a}, but for the name of the CPU that it adds. */
class ArmAttributesTest {
  @Test
  void theirLengthsAreInTheOrderOfTheFile() {
    String attributes = "060a074108010902";

    assertThat(HexFormat.of().formatHex(ArmAttributes.of(ByteOrder.LITTLE_ENDIAN)))
        .isEqualTo("41" + "17000000" + "616561626900" + "01" + "0d000000" + attributes);
    assertThat(HexFormat.of().formatHex(ArmAttributes.of(ByteOrder.BIG_ENDIAN)))
        .isEqualTo("41" + "00000017" + "616561626900" + "01" + "0000000d" + attributes);
  }
}
