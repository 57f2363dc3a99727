package org.vmcore.arch.ppc64;

import java.nio.ByteOrder;
import org.vmcore.dumpreader.write.SyntheticDump;

/** The same machine with the other byte order. */
class Ppc64leContractTest extends Ppc64ContractTest {
  @Override
  protected SyntheticDump.Builder dump() {
    return SyntheticDump.builder("ppc64le", 21, 64, ByteOrder.LITTLE_ENDIAN);
  }
}
