package org.vmcore.it;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.RealDump;

/** What is known of all others: a gdb for each takes its time. */
@Tag("slow")
@ParameterizedClass(allowZeroInvocations = true)
@MethodSource("org.vmcore.testing.RealDump#others")
class OtherDumpsTruthTest extends DumpTruth {
  OtherDumpsTruthTest(RealDump dump) {
    super(dump);
  }
}
